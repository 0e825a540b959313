"""The interface of every architecture: a network, a reader that turns tokens into its ids, and a training recipe."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

Tokens = Sequence[Sequence[str]]


class EmotionNetwork(nn.Module, ABC):
    """Ids (N, T) and lengths (N,) -> logits (N, C)."""

    @abstractmethod
    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Every length is at least 1, and the largest is T."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """The entries of config.json that rebuild the network, `arch` among them."""


class Reader(Protocol):
    """Turns tokenized utterances into the ids of a network."""

    # The id that fills the shorter rows of a batch.
    pad: int

    def read(self, tokens: Tokens) -> list[list[int]]:
        """The ids of each utterance, at least one."""

    def proofread(self, tokens: Tokens) -> Tokens:
        """The tokens of new English text, with spelling errors corrected towards the words of the training text."""

    def config(self) -> dict[str, Any]:
        """The entries of config.json that rebuild the reader."""


@dataclass(frozen=True)
class Examples:
    """Encoded utterances: `ids` (N, T), `lengths` (N,), each at least 1, `labels` (N,)."""

    ids: Tensor
    lengths: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Examples":
        """The utterances where `rows` (N,) is true."""
        chosen = torch.from_numpy(np.flatnonzero(rows))
        return Examples(self.ids[chosen], self.lengths[chosen], self.labels[chosen])

    @classmethod
    def read(cls, reader: Reader, tokens: Tokens, labels: np.ndarray) -> "Examples":
        """Encode tokenized utterances."""
        return cls(*padded(reader.read(tokens), reader.pad), torch.from_numpy(labels.astype(np.int64)))


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


def linear_schedule(optimizer: Optimizer, epochs: int) -> LRScheduler:
    """A learning rate that falls by the same amount after each epoch and would be 0 in epoch `epochs` + 1."""
    return LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / epochs))
