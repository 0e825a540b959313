"""The interface of every architecture: a network, a reader that turns tokens into its ids, and a training recipe."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

# Where the stage saves its classifier and the baseline.
FOLDER = Path("data/text_classifier")
Tokens = Sequence[Sequence[str]]


class Lexicon(NamedTuple):
    """The distinct words of some utterances, whose ids are then the rows of this table.

    Attributes:
        words: the id of each in the network's vocabulary, (D,); that of <unk> if it is not there.
        parts: the ids of the parts of all words, one word after another, (P,).
        starts: where those of each word begin, and the end of the last one's, (D + 1,).
    """

    words: Tensor
    parts: Tensor
    starts: Tensor

    def of(self, ids: Tensor) -> tuple[Tensor, "Lexicon"]:
        """The lexicon of those words alone that occur in `ids` (N, T), and their ids in it."""
        rows, ids = torch.unique(ids, return_inverse=True)
        counts = self.starts.diff()[rows]
        starts = functional.pad(counts.cumsum(0), (1, 0))
        shifts = (self.starts[rows] - starts[:-1]).repeat_interleave(counts)
        return ids, Lexicon(self.words[rows], self.parts[shifts + torch.arange(len(shifts))], starts)

    def to(self, device: torch.device) -> "Lexicon":
        return Lexicon(*(tensor.to(device) for tensor in self))


class EmotionNetwork(nn.Module, ABC):
    """Ids (N, T), lengths (N,) and, if its reader gives one, their lexicon -> logits (N, C)."""

    @abstractmethod
    def forward(self, ids: Tensor, lengths: Tensor, lexicon: Lexicon | None = None) -> Tensor:
        """Every length is at least 1, and the largest is T."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """The entries of config.json that rebuild the network, `arch` among them."""


class Reader(Protocol):
    """Turns tokenized utterances into the ids of a network."""

    def read(self, tokens: Tokens, labels: np.ndarray) -> "Examples":
        """Encode utterances, of which each gets at least one id, with their labels (N,)."""

    def proofread(self, tokens: Tokens) -> Tokens:
        """The tokens of new English text, with spelling errors corrected towards the words of the training text."""

    def config(self) -> dict[str, Any]:
        """The entries of config.json that rebuild the reader."""


@dataclass(frozen=True)
class Examples:
    """Encoded utterances: `ids` (N, T), `lengths` (N,), each at least 1, `labels` (N,); perhaps a lexicon."""

    ids: Tensor
    lengths: Tensor
    labels: Tensor
    lexicon: Lexicon | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Examples":
        """The utterances where `rows` (N,) is true."""
        chosen = torch.from_numpy(np.flatnonzero(rows))
        return Examples(self.ids[chosen], self.lengths[chosen], self.labels[chosen], self.lexicon)

    def inputs(self, rows: Tensor, device: torch.device) -> tuple[Tensor, Tensor, Lexicon | None]:
        """The arguments of a network for `rows` (n,), padded to the longest of them."""
        lengths = self.lengths[rows]
        ids = self.ids[rows, : int(lengths.max())].long()  # (n, T)
        if self.lexicon is None:
            return ids.to(device), lengths.to(device), None
        ids, lexicon = self.lexicon.of(ids)
        return ids.to(device), lengths.to(device), lexicon.to(device)


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Ids (N, T), where T is the length of the longest row, and lengths (N,)."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    ids = np.full((len(rows), int(lengths.max(initial=1))), pad, np.int64)
    ids[np.arange(ids.shape[1]) < lengths[:, None]] = np.fromiter(
        (index for row in rows for index in row), np.int64, int(lengths.sum())
    )
    return torch.from_numpy(ids), torch.from_numpy(lengths)


@dataclass(frozen=True)
class Recipe:
    """An untrained network, its reader, all rows of the utterances table as `examples`, and how it is trained."""

    network: EmotionNetwork
    reader: Reader
    examples: Examples
    optimizer: Optimizer
    schedule: LRScheduler
    batch_size: int
    epochs: int
    # Files that the params name: a checkpoint depends on their content.
    files: tuple[Path, ...] = ()
    clip_norm: float | None = None
    # The share of each label that is spread over all emotions.
    label_smoothing: float = 0.0


def linear_schedule(optimizer: Optimizer, epochs: int) -> LRScheduler:
    """A learning rate that falls by the same amount after each epoch and would be 0 in epoch `epochs` + 1."""
    return LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / epochs))
