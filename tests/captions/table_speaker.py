"""A speaker without a network: its features are the scores of the next words."""

from typing import NamedTuple

import torch
from torch import Tensor

from stages.speaker.interface import State, TeacherForced


class TableSpeaker:
    """Features (N, steps * V, V): place `step * V + last word` holds the logits of the next word.

    It attends to the place that it reads.
    """

    grounded = False

    def __init__(self) -> None:
        self.rows: list[int] = []  # hypotheses scored at each step

    def encode(self, pixels: Tensor) -> Tensor:
        raise NotImplementedError

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        return features, torch.zeros(len(features), dtype=torch.long)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        features, step = state
        self.rows.append(len(tokens))
        place = step * features.shape[2] + tokens
        attention = torch.nn.functional.one_hot(place, features.shape[1]).float()
        return features[torch.arange(len(tokens)), place], (features, step + 1), attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        raise NotImplementedError


class Table(NamedTuple):
    """The logits of a `TableSpeaker` for some images."""

    logits: Tensor  # (N, steps, V, V)

    @property
    def features(self) -> Tensor:
        return self.logits.flatten(1, 2)

    def of(self, picture: int) -> "Table":
        return Table(self.logits[[picture]])


def table(*, pictures: int, vocabulary: int, max_length: int, seed: int, scale: float = 2.0) -> Table:
    """A random one, for captions of at most `max_length` words."""
    generator = torch.Generator().manual_seed(seed)
    return Table(scale * torch.randn(pictures, max_length + 1, vocabulary, vocabulary, generator=generator))
