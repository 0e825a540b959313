"""Exact nearest neighbours: a blocked matrix product finds candidates, their subtraction decides."""

from itertools import product

import numpy as np

from stages.common.progress import track

# Queries and training rows in a block; they bound the memory, whatever the number of pictures.
BLOCK, ROWS = 256, 1 << 15
# The product's rounding can swap nearly equal distances; among this many candidates it does no harm.
CANDIDATES = 16


def nearest(queries: np.ndarray, training: np.ndarray, same_picture: float) -> tuple[np.ndarray, np.ndarray]:
    """For each query the nearest training row that is not the same picture; the first one of a tie.

    Args:
        queries: features (Q, C).
        training: features (T, C), T at least 1.
        same_picture: rows within this Euclidean distance are the same picture and are skipped; if there are no
            others, the farthest row is taken.

    Returns:
        Index of the neighbour (Q,) and its distance (Q,).
    """
    index, distance = np.full(len(queries), -1), np.full(len(queries), np.inf)
    starts = product(range(0, len(training), ROWS), range(0, len(queries), BLOCK))
    for first, start in track(list(starts), "neighbours"):
        rows = slice(start, start + BLOCK)
        block, part = (np.asarray(values, np.float64) for values in (queries[rows], training[first : first + ROWS]))
        found, found_distance = _nearest_in(block, part, same_picture)
        nearer = found_distance < distance[rows]
        index[rows] = np.where(nearer, first + found, index[rows])
        distance[rows] = np.where(nearer, found_distance, distance[rows])
    for row in np.flatnonzero(index < 0):  # all training rows are the same picture
        distances = np.linalg.norm(np.asarray(training, np.float64) - queries[row], axis=1)
        index[row], distance[row] = distances.argmax(), distances.max()
    return index, distance


def _nearest_in(block: np.ndarray, part: np.ndarray, same_picture: float) -> tuple[np.ndarray, np.ndarray]:
    """As `nearest` for one block; the distance is infinite where all rows are the same picture."""
    # The squared distance up to a constant of the query.
    rough = (part**2).sum(1) - 2 * block @ part.T  # (block, rows)
    count = min(CANDIDATES, len(part))
    candidates = np.sort(np.argpartition(rough, count - 1, axis=1)[:, :count], axis=1)  # (block, count)
    exact = np.linalg.norm(part[candidates] - block[:, None], axis=2)  # (block, count)
    allowed = np.where(exact > same_picture, exact, np.inf)
    best = allowed.argmin(1)
    index, distance = (values[np.arange(len(block)), best] for values in (candidates, allowed))
    for row in np.flatnonzero(np.isinf(distance)):  # more copies of the picture than candidates
        distances = np.linalg.norm(part - block[row], axis=1)
        distances[distances <= same_picture] = np.inf
        index[row], distance[row] = distances.argmin(), distances.min()
    return index, distance
