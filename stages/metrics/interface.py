"""Interface of a metric: columns with one number per caption, and corpus values computed from the columns' sums."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from stages.metrics.ngrams import Array, Indices, ReferenceNgrams

# In place of an index: no such item.
NONE = -1

Columns = dict[str, Array]

# The column that is 1 for every caption: its sum is the number of captions.
CAPTIONS = "captions"


class Unavailable(Exception):
    """A metric cannot be computed on this machine, with the reason in one sentence; the others are still reported."""


@dataclass(frozen=True)
class Context:
    """Data of the N pictures, independent of their captions: row i belongs to picture i."""

    # Whitespace-tokenized references; every picture has at least one.
    references: Sequence[Sequence[str]]
    # Number of annotators who chose each of the nine emotions, (N, 9).
    votes: npt.NDArray[np.int32] | None = None
    # Id of the emotion on which the caption was conditioned, NONE where there is none, (N,).
    grounding: Indices | None = None
    # Every utterance of the training split, duplicates included.
    training: Sequence[str] = ()

    @cached_property
    def ngrams(self) -> ReferenceNgrams:
        """The n-grams of the references, counted once for all metrics that look them up."""
        return ReferenceNgrams(self.references)

    @cached_property
    def training_tokens(self) -> frozenset[str]:
        """All tokens of the training utterances."""
        return frozenset(token for utterance in self.training for token in utterance.split())


@dataclass(frozen=True)
class Pairings:
    """T pairs of a caption with a picture: the caption's picture or, in a shuffle, another one.

    Each text is listed once, so that values that depend on the text alone are computed once,
    however many pairs it is part of.
    """

    texts: Sequence[str]  # (C,)
    # (T,) each: the text, the picture, and the reference of the picture that is left out (or NONE).
    text: Indices
    picture: Indices
    dropped: Indices

    @classmethod
    def in_order(cls, texts: Sequence[str]) -> "Pairings":
        """Text i with picture i and all of its references."""
        order = np.arange(len(texts))
        return cls(texts, order, order, np.full(len(texts), NONE))

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True)
class Value:
    """A corpus value: `from_sums` takes the sums of `columns`, arrays of one shape, and returns values of that shape.

    A dot in the name makes a group in the JSON: `alignment.accuracy`.
    """

    name: str
    columns: tuple[str, ...]
    from_sums: Callable[..., Array]
    # For the chance level and comparisons; an error is better when it is lower.
    lower_is_better: bool = False


def ratio(name: str, part: str, whole: str, lower_is_better: bool = False) -> Value:
    """A share of the captions that qualify; NaN where none does."""
    return Value(name, (part, whole), _divide, lower_is_better)


def mean(name: str, column: str | None = None, lower_is_better: bool = False) -> Value:
    """The mean of a column, by default the one of the same name, over all captions."""
    return ratio(name, column or name, CAPTIONS, lower_is_better)


def _divide(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) != 0)


Score = Callable[[Pairings], Columns]


@dataclass(frozen=True)
class Metric:
    """A metric of single captions.

    `prepare` computes everything that depends on the pictures alone; it and the function
    that it returns may raise `Unavailable`.
    """

    values: tuple[Value, ...]
    # The returned function gives each column with one value per pair, (T,).
    prepare: Callable[[Context], Score]
    # The data of the picture that a caption is compared with; with "nothing", shuffling the captions has no effect.
    against: Literal["nothing", "emotions", "references"] = "nothing"
    # How often the captions are shuffled for the chance level: slow metrics get fewer shuffles, or none.
    shuffles: Literal["all", "few", "none"] = "all"

    @property
    def name(self) -> str:
        """The name of the first value."""
        return self.values[0].name


def of_texts(columns: Callable[[Sequence[str]], Columns]) -> Callable[[Context], Score]:
    """`prepare` of a metric of the texts alone.

    Args:
        columns: texts (C,) -> columns with one value per text, (C,).
    """

    def score(pairings: Pairings) -> Columns:
        return {name: np.asarray(column, float)[pairings.text] for name, column in columns(pairings.texts).items()}

    return lambda _: score


@dataclass(frozen=True)
class SampledMetric:
    """A metric of all the captions sampled for a picture, taken together."""

    values: tuple[Value, ...]
    # From the context and the texts of each picture, (N,) lists: columns with one value per picture, (N,).
    columns: Callable[[Context, Sequence[Sequence[str]]], Columns]


# A metric of a whole set of captions, one per picture, that is no sum over them: values by name.
SetMetric = Callable[[Context, Sequence[str]], Mapping[str, float]]
