"""The most similar picture, exactly: a blocked matrix product finds candidates, subtraction decides."""

from itertools import product

import numpy as np

from stages.common.progress import track

# Queries and training rows that are compared at once: what a million pictures need no more memory than.
BLOCK, ROWS = 256, 1 << 15
# The product's rounding can swap near-equal distances; among this many it is undone.
CANDIDATES = 16


def nearest(queries: np.ndarray, training: np.ndarray, same_picture: float) -> tuple[np.ndarray, np.ndarray]:
    """For each query the nearest training row that is not the same picture; the first of equally near ones.

    Args:
        queries: features (Q, C); training: features (T, C), T at least 1.
        same_picture: rows at this Euclidean distance or nearer are passed over; where
            there are no others, the farthest is taken.

    Returns:
        Index of the neighbour (Q,) and its distance (Q,).
    """
    index, distance = np.full(len(queries), -1), np.full(len(queries), np.inf)
    starts = product(range(0, len(training), ROWS), range(0, len(queries), BLOCK))
    for first, start in track(list(starts), "neighbours"):
        here = slice(start, start + BLOCK)
        block, part = (np.asarray(some, np.float64) for some in (queries[here], training[first : first + ROWS]))
        found, far = _nearest_of(block, part, same_picture)
        nearer = far < distance[here]
        index[here] = np.where(nearer, first + found, index[here])
        distance[here] = np.where(nearer, far, distance[here])
    for alone in np.flatnonzero(index < 0):
        far = np.linalg.norm(np.asarray(training, np.float64) - queries[alone], axis=1)
        index[alone], distance[alone] = far.argmax(), far.max()
    return index, distance


def _nearest_of(block: np.ndarray, part: np.ndarray, same_picture: float) -> tuple[np.ndarray, np.ndarray]:
    """The same among some training rows; the distance is infinite where all of them are the same picture."""
    # Up to a constant of the query, the squared distance.
    roughly = (part**2).sum(1) - 2 * block @ part.T  # (block, rows)
    count = min(CANDIDATES, len(part))
    candidates = np.sort(np.argpartition(roughly, count - 1, axis=1)[:, :count], axis=1)
    exact = np.linalg.norm(part[candidates] - block[:, None], axis=2)  # (block, candidates)
    wanted = np.where(exact > same_picture, exact, np.inf)
    best = wanted.argmin(1)
    index, distance = (some[np.arange(len(block)), best] for some in (candidates, wanted))
    for crowded in np.flatnonzero(np.isinf(distance)):  # more copies of one picture than candidates
        every = np.linalg.norm(part - block[crowded], axis=1)
        every[every <= same_picture] = np.inf
        index[crowded], distance[crowded] = every.argmin(), every.min()
    return index, distance
