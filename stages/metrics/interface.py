"""What a metric is: columns, one number for each caption, and corpus values made of the columns' sums."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from stages.metrics.ngrams import Array, Indices, ReferenceNgrams

# Instead of an index: there is none.
NONE = -1


Columns = dict[str, Array]

# The column that is 1 for every caption: its sum is the number of captions.
CAPTIONS = "captions"


class Unavailable(Exception):
    """A metric cannot be had on this machine, and why, in one sentence; the others are reported without it."""


@dataclass(frozen=True)
class Context:
    """What is known of the N pictures, whatever is said of them: row i belongs to picture i."""

    # Whitespace-tokenised references; every picture has at least one.
    references: Sequence[Sequence[str]]
    # How many people chose each of the nine emotions, (N, 9).
    votes: npt.NDArray[np.int32] | None = None
    # Id of the emotion that a grounded speaker was told, NONE where it was free, (N,).
    asked: Indices | None = None
    # Every utterance of the training split, repeated ones too.
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
class Trials:
    """T times a caption stands before a picture: its own, or in a shuffle another's.

    The texts are listed once, so that what depends on a text alone is computed once,
    however many trials it stands in.
    """

    texts: Sequence[str]  # (C,)
    # (T,) each: which text, which picture, and which of the picture's references is left out (or NONE).
    text: Indices
    picture: Indices
    dropped: Indices

    @classmethod
    def plain(cls, texts: Sequence[str]) -> "Trials":
        """Text i stands before picture i and is judged by all of its references."""
        order = np.arange(len(texts))
        return cls(texts, order, order, np.full(len(texts), NONE))

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True)
class Value:
    """A corpus value: `of` takes the sums of `columns`, arrays of any one shape, and gives values of that shape.

    A dot in the name groups it in the JSON: `alignment.accuracy`.
    """

    name: str
    columns: tuple[str, ...]
    of: Callable[..., Array]
    # For sight and comparisons; an error is better when it is lower.
    lower_is_better: bool = False


def ratio(name: str, part: str, whole: str, lower_is_better: bool = False) -> Value:
    """A share of the captions that qualify: NaN where none does."""
    return Value(name, (part, whole), _divide, lower_is_better)


def mean(name: str, column: str | None = None, lower_is_better: bool = False) -> Value:
    """The mean of a column, by default the one of the same name, over all captions."""
    return ratio(name, column or name, CAPTIONS, lower_is_better)


def _divide(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) != 0)


Score = Callable[[Trials], Columns]


@dataclass(frozen=True)
class Metric:
    """`prepare` does once whatever depends on the pictures alone, and may raise `Unavailable`, as may its result."""

    values: tuple[Value, ...]
    # The result gives each column with one value per trial, (T,).
    prepare: Callable[[Context], Score]
    # What of the picture a caption is compared with; if anything, shuffling captions among pictures tells something.
    against: Literal["nothing", "emotions", "references"] = "nothing"
    # Whether a caption takes so long that fewer shuffles must do, or none.
    pace: Literal["quick", "slow", "once"] = "quick"

    @property
    def name(self) -> str:
        """What the metric's first value is called."""
        return self.values[0].name


# Of the captions of all pictures, one each: values by name.
WholeSet = Callable[[Context, Sequence[str]], Mapping[str, float]]


def of_texts(judge: Callable[[Sequence[str]], Columns]) -> Callable[[Context], Score]:
    """`prepare` of a metric that looks at the texts alone: `judge` gives columns of one value per text, (C,)."""

    def score(trials: Trials) -> Columns:
        return {name: np.asarray(column, float)[trials.text] for name, column in judge(trials.texts).items()}

    return lambda _: score


@dataclass(frozen=True)
class OfSamples:
    """A metric of all the captions that a system sampled for each picture, taken together."""

    values: tuple[Value, ...]
    # From the context and the texts of each picture, (N,) lists: columns of one value per picture, (N,).
    columns: Callable[[Context, Sequence[Sequence[str]]], Columns]
