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
        # The system gives memory for rows that are written, not before.
        self._counts = np.zeros((limit, len(NAMES)), np.int32)

    def __call__(self, pairs: Sequence[Pair]) -> Counts:
        known = self._rows
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        counts = self._count(new) if new else self._counts[:0]
        start, kept = len(known), min(len(new), self._limit - len(known))
        self._counts[start : start + kept] = counts[:kept]
        known.update(zip(new[:kept], range(start, start + kept), strict=True))
        if kept == len(new):
            return self._counts[[known[pair] for pair in pairs]]
        others = dict(zip(new[kept:], range(len(known), len(known) + len(new) - kept), strict=True))
        counts = np.concatenate([self._counts[: len(known)], counts[kept:]])
        return counts[[known[pair] if pair in known else others[pair] for pair in pairs]]
