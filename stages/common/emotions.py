"""The emotion labels of a data set, and an artwork's emotion by its votes: majority rules, shares, entropy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from stages.common.errors import UserError

Polarity = Literal["positive", "negative", "else"]
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)
# What a person can ask a grounded speaker for beside an emotion: a caption for each of them, or one without any.
ALL, NONE = "all", "none"
NO_MAJORITY = -1
# Why a stage leaves something out.
NO_EMOTIONS = "the data set has no emotions"
# The key of a classifier's config.json that says why its folder holds no model.
NO_MODEL = "no_model"


@dataclass(frozen=True)
class Emotions:
    """The emotion labels of a data set; their order is that of the ids in every table and model.

    Without labels, it is false: the data set has no emotions. C stands for the number of labels in shapes.
    """

    polarities: Mapping[str, Polarity]

    def __len__(self) -> int:
        return len(self.polarities)

    def __iter__(self) -> Iterator[str]:
        return iter(self.polarities)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The labels in their order."""
        return tuple(self.polarities)

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each label."""
        return {emotion: index for index, emotion in enumerate(self.polarities)}

    @cached_property
    def polarity_ids(self) -> np.ndarray:
        """The index of each label's polarity in `POLARITIES`, (C,)."""
        return np.array([POLARITIES.index(polarity) for polarity in self.polarities.values()], int)

    def of_polarity(self, *wanted: Polarity) -> tuple[str, ...]:
        """The labels of these polarities."""
        return tuple(emotion for emotion, polarity in self.polarities.items() if polarity in wanted)


def require_same(found: Sequence[str], expected: Sequence[str], source: str, other: str) -> None:
    """Check that a classifier's labels are those of what uses it.

    Raises:
        UserError: they differ, or are in another order.
    """
    if tuple(found) != tuple(expected):
        raise UserError(
            f"{source}: predicts {', '.join(found)}, but {other} has {', '.join(expected)}; train both on one data set"
        )


# The nine of ArtEmis, for data sets that name none; "something else" is neither positive nor negative.
ARTEMIS = Emotions(
    {
        "amusement": "positive",
        "awe": "positive",
        "contentment": "positive",
        "excitement": "positive",
        "anger": "negative",
        "disgust": "negative",
        "fear": "negative",
        "sadness": "negative",
        "something else": "else",
    }
)


# The majority rules map vote counts (N, C) to emotion ids (N,), NO_MAJORITY where the rule names none.


def at_least_half(counts: np.ndarray) -> np.ndarray:
    """The emotion with at least half of the votes; of two halves the first.

    The analyses' dominant emotion (`has_emotion_max_dominance`), whose choice in a tie
    depends on the version of pandas.
    """
    return np.where(2 * counts.max(1) >= counts.sum(1), counts.argmax(1), NO_MAJORITY)


def at_least_half_untied(counts: np.ndarray) -> np.ndarray:
    """The emotion with at least half of the votes, none where two share them: the rule of emotional alignment."""
    return np.where(largest_untied(counts) == NO_MAJORITY, NO_MAJORITY, at_least_half(counts))


def more_than_half(counts: np.ndarray) -> np.ndarray:
    """The emotion with more than half of the votes: the rule of the image classifier's accuracy."""
    return np.where(2 * counts.max(1) > counts.sum(1), counts.argmax(1), NO_MAJORITY)


def largest_untied(counts: np.ndarray) -> np.ndarray:
    """The emotion with more votes than any other, however few."""
    return np.where((counts == counts.max(1, keepdims=True)).sum(1) == 1, counts.argmax(1), NO_MAJORITY)


DEFINITIONS = {
    "at_least_half": at_least_half,
    "at_least_half_untied": at_least_half_untied,
    "more_than_half": more_than_half,
    "largest_untied": largest_untied,
}


def shares(counts: np.ndarray) -> np.ndarray:
    """Share of each emotion among an artwork's votes, float32 (N, C)."""
    return (counts / counts.sum(1, keepdims=True)).astype(np.float32)


def entropy(counts: np.ndarray) -> np.ndarray:
    """Shannon entropy of each artwork's shares (N,), in nats: 0 where all agree, at most ln C."""
    share = counts / counts.sum(1, keepdims=True)
    return -(share * np.log(share, where=share > 0, out=np.zeros_like(share))).sum(1)
