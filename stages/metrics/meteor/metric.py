"""METEOR as a metric of the study, by this package or by the Java program."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

import numpy as np

from stages.common.errors import UserError
from stages.metrics.interface import Columns, Context, Metric, Pairings, Score, Unavailable, Value, for_english, mean
from stages.metrics.java import find_java, one_line
from stages.metrics.meteor import java, resources
from stages.metrics.meteor.meteor import Meteor
from stages.metrics.meteor.pair_cache import Pair, PairCache
from stages.metrics.meteor.scores import NAMES, Array, Counts, addable, formula, score
from stages.metrics.overlap import Cells

Engine = Literal["python", "java"]

# The counts of a caption with its best reference.
COLUMNS = tuple(f"meteor.{name}" for name in NAMES)


def metric(engine: Engine) -> Metric:
    """METEOR: the mean over captions, as in ArtEmis, and the score of all counts together, as in pycocoevalcap."""

    def prepare(context: Context) -> Score:
        if engine == "java":
            java.server()  # Raises `Unavailable` without Java, before anything is scored.
        counts = _counts(engine)
        references = [one_line(reference) for texts in context.references for reference in texts]

        def scored(pairings: Pairings) -> Columns:
            cells = Cells(pairings, context)
            texts = list(map(one_line, pairings.texts))
            text, reference = cells.text[cells.pair].tolist(), cells.reference.tolist()
            pairs = [(texts[a], references[b]) for a, b in zip(text, reference, strict=True)]
            numbers = counts(pairs)
            scores = score(numbers)
            best = cells.best(scores)
            return {"meteor": scores[best], **dict(zip(COLUMNS, addable(numbers[best]).T, strict=True))}

        return scored

    values = (mean("meteor"), Value("meteor_corpus", COLUMNS, _pooled))
    return Metric(values, for_english(prepare), against="references", shuffles="few")


def _pooled(*sums: Array) -> Array:
    return formula(np.stack(sums, axis=-1))


@cache
def _counts(engine: Engine) -> Callable[[Sequence[Pair]], Counts]:
    """The counts of pairs, in one cache for all systems."""
    if engine == "java":
        return PairCache(java.counts)
    try:
        return Meteor().counts
    except UserError as reason:
        raise Unavailable(str(reason)) from None


def require(engine: Engine) -> None:
    """Make sure that METEOR runs on this machine.

    Raises:
        Unavailable: Java, or a file of pycocoevalcap, is missing.
    """
    if engine == "java":
        find_java("METEOR")
        return
    try:
        resources.require()
    except UserError as reason:
        raise Unavailable(str(reason)) from None
