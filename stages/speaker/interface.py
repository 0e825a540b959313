"""What every speaker can do, whatever its architecture; decoding and likelihood need nothing else.

A speaker sees a picture (`encode`), gets ready (`start`) and scores the next word,
one word at a time (`step`). It ends at logits: which word is taken is not its business.
`teach` is the same under teacher forcing, all words of a caption at once.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from stages.common.emotions import EMOTIONS
from stages.learning.backbones import Backbone

# Everything a speaker remembers: tensors whose first axis is the hypothesis, so that
# decoding reorders and drops hypotheses by `index_select`. A step writes into none of them:
# what it changes is a new tensor, and what it hands on as it was, decoding need not copy.
State = tuple[Tensor, ...]


def one_hot(emotion: Tensor) -> Tensor:
    """A single emotion as a speaker is told it: ids (N,) -> shares (N, 9)."""
    return functional.one_hot(emotion, len(EMOTIONS)).float()


class Taught(NamedTuple):
    """Teacher-forced scores, packed: first the first words of all captions, then the second words, ..."""

    logits: Tensor  # (words, V)
    targets: Tensor  # (words,) the words that should have been said, <eos> included
    attention: Tensor  # (B, places) attention summed over the words of each caption


class Speaker(Protocol):
    """artwork (+ emotion) -> words."""

    grounded: bool

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, places, C)."""

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """The state before the first word; `emotion` (N, 9) is for a grounded speaker alone: the share of each
        of the nine that it is to speak from, `one_hot` for a single one. One that has also learnt to speak
        without an emotion may be told none.

        Raises:
            ValueError: an emotion that is needed is missing, or a plain speaker is told one.
        """

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places).

        The logits are the caller's, to write into.
        """

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """Teacher forcing: `tokens` (B, L) from <sos> to <eos>, padded, with `lengths` (B,) predictions each,
        longest first; `features` (B, places, C).
        """


class Network(nn.Module, ABC):
    """A `Speaker` as training and saving know it: the parts that they reach into, by the names they must have."""

    # Whether it begins to learn with each word as likely as it is frequent, as in ArtEmis' code.
    starts_from_frequencies: ClassVar[bool] = True
    grounded: bool
    emotion_optional = False  # whether a grounded one has also learnt to speak without an emotion; `build` says so
    backbone: Backbone  # learns at a rate of its own
    embedding: nn.Embedding  # (V, E): a row for each word
    words: nn.Linear  # (H -> V): ends in a row for each word, too

    @abstractmethod
    def encode(self, pixels: Tensor) -> Tensor: ...

    @abstractmethod
    def start(self, features: Tensor, emotion: Tensor | None) -> State: ...

    @abstractmethod
    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]: ...

    @abstractmethod
    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught: ...

    def told(self, emotion: Tensor | None, features: Tensor) -> Tensor | None:
        """What `start` makes of the emotion that it is given with `features` (N, ...): shares (N, 9), all zero for
        no emotion; None for a plain speaker.

        Raises:
            ValueError: an emotion that is needed is missing, or a plain speaker is told one.
        """
        if not self.grounded:
            if emotion is not None:
                raise ValueError("a plain speaker takes no emotion")
            return None
        if emotion is not None:
            return emotion.to(features.dtype)
        if not self.emotion_optional:
            raise ValueError("a grounded speaker needs an emotion")
        return features.new_zeros(len(features), len(EMOTIONS))

    def forward(self, seen: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """Teacher forcing: caption b belongs to picture `owner[b]`, and a picture is encoded once.

        `seen` is what a picture is known by: uint8 pixels (N, S, S, 3), or features (N, places, C) that
        `encode` has made of them already.
        """
        return self.teach(self.looked(seen)[owner], tokens, lengths, emotion)

    def looked(self, seen: Tensor) -> Tensor:
        """The features (N, places, C) of pixels, or those that `seen` is already."""
        return self.encode(seen) if seen.dtype == torch.uint8 else seen


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; see `learning.training.fit` and `data.Speaking`."""

    optimizer: Optimizer
    schedule: LRScheduler | ReduceLROnPlateau | None
    batch_size: int
    epochs: int
    clip_norm: float | None = None
    attention_penalty: float = 0.0
    label_smoothing: float = 0.0
    each_update: bool = False
