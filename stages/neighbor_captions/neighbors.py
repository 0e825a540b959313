"""The most similar picture, exactly: a blocked matrix product finds candidates, subtraction decides."""

import numpy as np

from stages.common.progress import track

BLOCK = 256
# The product's rounding can swap near-equal distances; among this many it is undone.
CANDIDATES = 16


def nearest(queries: np.ndarray, training: np.ndarray, same_picture: float) -> tuple[np.ndarray, np.ndarray]:
    """For each query the nearest training row that is not the same picture.

    Args:
        queries: features (Q, C); training: features (T, C).
        same_picture: rows at this Euclidean distance or nearer are passed over, as long
            as a farther one stands among the candidates.

    Returns:
        Index of the neighbour (Q,) and its distance (Q,).
    """
    training = np.asarray(training, np.float64)
    squares = (training**2).sum(1)
    index, distance = np.empty(len(queries), np.int64), np.empty(len(queries))
    for start in track(range(0, len(queries), BLOCK), "neighbours"):
        block = np.asarray(queries[start : start + BLOCK], np.float64)
        # Up to a constant of the query, the squared distance.
        roughly = squares - 2 * block @ training.T  # (block, T)
        count = min(CANDIDATES, len(training))
        candidates = np.sort(np.argpartition(roughly, count - 1, axis=1)[:, :count], axis=1)
        exact = np.linalg.norm(training[candidates] - block[:, None], axis=2)  # (block, candidates)
        wanted = np.where(exact > same_picture, exact, np.inf)
        best = np.where(np.isfinite(wanted).any(1), wanted.argmin(1), exact.argmax(1))
        rows = np.arange(len(block))
        index[start : start + BLOCK], distance[start : start + BLOCK] = candidates[rows, best], exact[rows, best]
    return index, distance
