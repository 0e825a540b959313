"""What a metric is: a function of the pictures' context that gives a function of their captions.

    metric(context) -> score;  score(hypotheses) -> Scores

The two steps let whatever depends on the pictures alone (n-gram counts of the
references, say) be prepared once, however often captions are scored against
them: shuffling scores the same captions many times. What uses metrics knows
none of them by name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Context:
    """What is known of the pictures, whatever is said of them: row i belongs to picture i."""

    # Whitespace-tokenised references; every picture has at least one.
    references: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Scores:
    """Values by name: one for all captions together, and one for each caption (arrays of N).

    A dot in the name of a corpus value groups it in the JSON: `distinct.tokens`.
    A corpus value need not be the mean of the values per caption (BLEU's is not).
    """

    corpus: dict[str, float] = field(default_factory=dict)
    per_caption: dict[str, npt.NDArray[Any]] = field(default_factory=dict)


Score = Callable[[Sequence[str]], Scores]
Metric = Callable[[Context], Score]


def together(metrics: Iterable[Metric]) -> Metric:
    """Several metrics as one, their values side by side in the order given."""
    metrics = tuple(metrics)

    def prepare(context: Context) -> Score:
        scorers = [metric(context) for metric in metrics]

        def score(hypotheses: Sequence[str]) -> Scores:
            merged = Scores()
            for one in scorers:
                scores = one(hypotheses)
                merged.corpus.update(scores.corpus)
                merged.per_caption.update(scores.per_caption)
            return merged

        return score

    return prepare


def values(scores: Iterable[float], dtype: str = "float64") -> npt.NDArray[Any]:
    """One value per caption, as an array."""
    return np.fromiter(scores, dtype=dtype)
