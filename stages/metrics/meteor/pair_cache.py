"""Remember the counts of pairs of texts."""

from collections.abc import Callable, Sequence

import numpy as np

from stages.metrics.meteor.scores import NAMES, Counts

Pair = tuple[str, str]
# Pairs that are remembered: those of a hypothesis with its own references recur, those of a shuffle do not.
LIMIT = 1 << 18


class PairCache:
    """A function from pairs to their counts (N, 23), called once for each pair within limits."""

    def __init__(self, count: Callable[[Sequence[Pair]], Counts], limit: int = LIMIT) -> None:
        self._count, self._limit = count, limit
        self._rows: dict[Pair, int] = {}
        self._counts = np.zeros((0, len(NAMES)), np.int32)

    def __call__(self, pairs: Sequence[Pair]) -> Counts:
        known = self._rows
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        rows = dict(zip(new, range(len(known), len(known) + len(new)), strict=True))
        counts = np.concatenate([self._counts, self._count(new)]) if new else self._counts
        found = counts[[known[pair] if pair in known else rows[pair] for pair in pairs]]
        if new and len(counts) <= self._limit:
            known.update(rows)
            self._counts = counts
        return found
