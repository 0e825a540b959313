"""Lists of different lengths in flat arrays: list n is `values[starts[n] : starts[n + 1]]`."""

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


def starts_of(sizes: npt.NDArray[np.integer]) -> Indices:
    """The start of each list, and the end of the last one, (N,) -> (N + 1,)."""
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def ranges(starts: npt.NDArray[np.integer], sizes: npt.NDArray[np.integer]) -> tuple[Indices, Indices]:
    """The concatenated ranges `starts[n]` to `starts[n] + sizes[n]`, and the number n of each element."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    values = np.arange(len(owner))
    values += np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return values, owner


def distinct(values: npt.NDArray[np.integer]) -> tuple[Indices, Indices]:
    """The sorted distinct values, and the position of each value among them."""
    found, number = np.unique(values, return_inverse=True)
    return found.astype(np.int64), number.astype(np.int64)
