"""Evidence that the picture matters: the same captions, shuffled among the pictures.

What a speaker says of any picture scores well too, since all captions share much of
their wording; only the margin over its own shuffled captions shows that it looks. A
grounded speaker passes a shuffle through its emotion alone, and a style has its own
vocabulary: so captions are also shuffled within those groups.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from stages.common.progress import track
from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.interface import Columns, Score, Trials, Value
from stages.metrics.ngrams import Indices
from stages.metrics.pairing import Sample, in_place, per_picture, stacked

# Shuffles that are scored at a time.
BLOCK = 10
# Sums in another order differ by less: a shuffle that changes nothing is as good.
ROUNDING = 1e-12

Turns = Callable[[Sample, Indices], Trials]


def orders(groups: Sequence[Any], shuffles: int, seed: int) -> Iterator[Indices]:
    """Permutations drawn uniformly from those that keep every picture's group.

    Now and then a caption meets its own picture: about one of each group.
    """
    rng = np.random.default_rng(seed)
    labels = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    home = np.argsort(labels, kind="stable")
    for _ in range(shuffles):
        order = np.empty(len(labels), np.int64)
        order[home] = np.lexsort((rng.random(len(labels)), labels))
        yield order


def sight(
    values: Iterable[Value], score: Score, sample: Sample, turns: Turns, groups: Sequence[Any], shuffles: int, seed: int
) -> dict[str, dict[str, float]]:
    """Of each value that has a meaning here: as it is, its mean over shuffles, the margin between, and p.

    p = (k + 1) / (n + 1), where k of n shuffles are at least as good: the probability of
    doing so well by chance, were the captions indifferent to the pictures (a permutation
    test; within groups, indifferent but for the group).
    """
    values = tuple(values)
    right = _corpus(values, score, [turns(sample, in_place(sample))], len(sample))
    shuffled = list(orders(groups, shuffles, seed))
    blocks = [shuffled[start : start + BLOCK] for start in range(0, shuffles, BLOCK)]
    drawn = [
        _corpus(values, score, [turns(sample, order) for order in block], len(sample))
        for block in track(blocks, "shuffles")
    ]
    found = {}
    for value in values:
        own, chance = right[value.name][0], np.concatenate([block[value.name] for block in drawn])
        if not np.isfinite(own):
            continue
        sign = -1 if value.lower_is_better else 1
        as_good = (sign * (chance - own) >= -ROUNDING).sum()
        found[value.name] = {
            "right": float(own),
            "shuffled": float(chance.mean()),
            "margin": float(sign * (own - chance.mean())),
            "p": float((as_good + 1) / (shuffles + 1)),
        }
    return found


def _corpus(values: Sequence[Value], score: Score, trials: Sequence[Trials], pictures: int) -> dict[str, Any]:
    """The corpus values of each of several arrangements, (len(trials),) each."""
    together, rows = stacked(trials, pictures)
    columns = per_picture(score(together), rows, len(trials) * pictures)
    return corpus_values(values, totals(_by_arrangement(columns, len(trials))))


def _by_arrangement(columns: Columns, arrangements: int) -> Columns:
    return {name: column.reshape(arrangements, -1) for name, column in columns.items()}
