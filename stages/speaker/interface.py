"""The interface of every captioning model, whatever its architecture; decoding and likelihoods need nothing else.

A speaker encodes an image (`encode`), makes an initial state (`start`) and scores the next word,
one step at a time (`step`). It ends at logits: decoding chooses the word. `teach` computes the
same scores under teacher forcing, for all words of a caption at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, Self

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from stages.learning.backbones import Backbone

if TYPE_CHECKING:
    from stages.speaker.data import Utterances

# The state of a speaker: tensors whose first axis is the hypothesis, so that decoding reorders and
# drops hypotheses by `index_select`. A step writes into none of them: what it changes is a new
# tensor, and a tensor that it returns as it was need not be copied.
State = tuple[Tensor, ...]


def one_hot(emotion: Tensor, emotions: int) -> Tensor:
    """A single one of so many emotions as a condition: ids (N,) -> shares (N, E)."""
    return functional.one_hot(emotion, emotions).float()


class TeacherForced(NamedTuple):
    """Teacher-forced scores, packed: first the first words of all captions, then the second words, ..."""

    logits: Tensor  # (words, V)
    targets: Tensor  # (words,) the reference words, <eos> included
    attention: Tensor  # (B, places) attention summed over the words of each caption


class Speaker(Protocol):
    """artwork (+ emotion) -> words."""

    grounded: bool

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, places, C)."""

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """The state before the first word.

        `emotion` (N, E) conditions a grounded speaker: the share of each of its emotions, `one_hot`
        for a single one; None is allowed if the speaker is also trained without emotions.

        Raises:
            ValueError: a grounded speaker lacks its emotion, or a plain speaker gets one.
        """

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places).

        The caller may write into the logits.
        """

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        """Teacher forcing over captions sorted by length, longest first.

        Args:
            features: of each caption's image (B, places, C).
            tokens: ids (B, L) from <sos> to <eos>, padded.
            lengths: number of predictions of each caption (B,).
            emotion: (B, E) or None, as for `start`.
        """


class Network(nn.Module, ABC):
    """A `Speaker` with the parts that training and checkpoints use, by these names."""

    # True: training starts with each word as likely as it is frequent, as in ArtEmis' code.
    starts_from_frequencies: ClassVar[bool] = True
    # Pictures whose captions are scored at once when nothing is learned.
    pictures_at_once: ClassVar[int] = 32
    grounded: bool
    emotions: int  # number of emotions that a grounded speaker knows
    emotion_optional = False  # True: a grounded speaker that is also trained without emotions; set by `build`
    backbone: Backbone  # has a learning rate of its own
    # Of a network that learns words from nothing: (V, E) and (H -> V), with a row for each word.
    embedding: nn.Embedding
    words: nn.Linear

    def prepare(self, vocabulary: Any, emotions: Sequence[str]) -> None:
        """Set what depends on the vocabulary and the names of the emotions; mostly nothing."""

    def initialize(self, train: "Utterances") -> None:
        """Fit the initial weights to the training data; mostly nothing."""

    def place(self, device: torch.device) -> Self:
        """Move the network to a device, in the precision that suits it there."""
        return self.to(device)

    def settle(self) -> None:
        """Prepare for captions alone: whatever makes the network faster, and may keep it from learning."""

    def own_state(self) -> dict[str, Tensor]:
        """The tensors that a saved speaker holds: all but those that it finds elsewhere."""
        return self.state_dict()

    @abstractmethod
    def encode(self, pixels: Tensor) -> Tensor: ...

    @abstractmethod
    def start(self, features: Tensor, emotion: Tensor | None) -> State: ...

    @abstractmethod
    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]: ...

    @abstractmethod
    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced: ...

    def forward(
        self, inputs: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None
    ) -> TeacherForced:
        """Teacher forcing that encodes each image once, for all of its captions.

        Args:
            inputs: uint8 pixels (N, S, S, 3), or features (N, places, C) computed by `encode` beforehand.
            owner: index of each caption's image (B,).
        """
        return self.teach(self.encoded(inputs)[owner], tokens, lengths, emotion)

    def encoded(self, inputs: Tensor) -> Tensor:
        """Features (N, places, C) of pixels; `inputs` in full precision if it holds features already."""
        return self.encode(inputs) if inputs.dtype == torch.uint8 else inputs.float()

    def condition(self, emotion: Tensor | None, features: Tensor) -> Tensor | None:
        """The emotion that `start` gets with `features` (N, ...), checked.

        Returns:
            Shares (N, E), all zero for no emotion; None for a plain speaker.

        Raises:
            ValueError: a grounded speaker lacks its emotion, or a plain speaker gets one.
        """
        if not self.grounded:
            if emotion is not None:
                raise ValueError("a plain speaker takes no emotion")
            return None
        if emotion is not None:
            return emotion.to(features.dtype)
        if not self.emotion_optional:
            raise ValueError("a grounded speaker needs an emotion")
        return features.new_zeros(len(features), self.emotions)


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; see `learning.training.fit` and `data.CaptioningTask`.

    `bf16`: compute in bfloat16 on a CPU, too, if it has instructions for that.
    """

    optimizer: Optimizer
    schedule: LRScheduler | ReduceLROnPlateau | None
    batch_size: int
    epochs: int
    clip_norm: float | None = None
    attention_penalty: float = 0.0
    label_smoothing: float = 0.0
    each_update: bool = False
    parts: int = 1
    bf16: bool = False
