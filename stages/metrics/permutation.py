"""Chance level: the scores of the same captions, shuffled among the pictures.

Captions share much of their wording, so any caption scores well on any picture; only the
margin over the shuffled captions shows that a system uses the picture. Shuffling keeps the
emotion of a grounded speaker, and a style has its own vocabulary; therefore captions are
also shuffled within the groups of equal emotion and equal style.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from stages.common.progress import track
from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.interface import Columns, Pairings, Score, Value
from stages.metrics.ngrams import Array, Indices
from stages.metrics.pairing import Sample, per_picture, stack, unshuffled

# Shuffles that are scored at a time.
BLOCK = 10
# Tolerance for sums in another order, so that a shuffle that changes nothing counts as equally good.
ROUNDING = 1e-12

# From a sample and an order of its pictures: `with_all_references` or `leave_one_out`.
Pairing = Callable[[Sample, Indices], Pairings]


def against_chance(
    values: Iterable[Value],
    score: Score,
    sample: Sample,
    pairing: Pairing,
    groups: Sequence[Any],
    shuffles: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """For each value that is defined here: the score, its mean over shuffles, the margin between them, and p.

    p = (k + 1) / (n + 1), where k of n shuffles are at least as good: the p-value of a
    permutation test of the hypothesis that the captions are independent of the pictures
    (within groups: given the group).

    Args:
        groups: the group of each picture, (N,); captions are shuffled within groups.
    """
    values = tuple(values)
    scores = _corpus(values, score, [pairing(sample, unshuffled(sample))], len(sample))
    orders = list(shuffled_orders(groups, shuffles, seed))
    blocks = [orders[start : start + BLOCK] for start in range(0, shuffles, BLOCK)]
    shuffled = [
        _corpus(values, score, [pairing(sample, order) for order in block], len(sample))
        for block in track(blocks, "shuffles")
    ]
    return {
        value.name: _test(
            scores[value.name][0],
            np.concatenate([block[value.name] for block in shuffled]),
            -1 if value.lower_is_better else 1,
        )
        for value in values
        if np.isfinite(scores[value.name][0])
    }


def shuffled_orders(groups: Sequence[Any], shuffles: int, seed: int) -> Iterator[Indices]:
    """Random permutations, uniform among those that keep every picture's group.

    On average one caption of each group stays with its picture.
    """
    rng = np.random.default_rng(seed)
    labels = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    by_group = np.argsort(labels, kind="stable")
    for _ in range(shuffles):
        order = np.empty(len(labels), np.int64)
        order[by_group] = np.lexsort((rng.random(len(labels)), labels))
        yield order


def _corpus(values: Sequence[Value], score: Score, pairings: Sequence[Pairings], pictures: int) -> dict[str, Array]:
    """The corpus values of each of several arrangements, (len(pairings),) each."""
    together, rows = stack(pairings, pictures)
    columns: Columns = per_picture(score(together), rows, len(pairings) * pictures)
    sums = totals({name: column.reshape(len(pairings), -1) for name, column in columns.items()})
    return corpus_values(values, sums)


def _test(score: float, shuffled: Array, sign: int) -> dict[str, float]:
    as_good = (sign * (shuffled - score) >= -ROUNDING).sum()
    return {
        "right": float(score),
        "shuffled": float(shuffled.mean()),
        "margin": float(sign * (score - shuffled.mean())),
        "p": float((as_good + 1) / (len(shuffled) + 1)),
    }
