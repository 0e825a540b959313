"""Lists of different lengths in flat arrays: list n is `values[starts[n] : starts[n + 1]]`."""

from typing import Any

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.signedinteger[Any]]
Flags = npt.NDArray[np.bool_]


def starts_of(sizes: Indices) -> Indices:
    """The start of each list, and the end of the last one, (N,) -> (N + 1,)."""
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def ranges(starts: Indices, sizes: Indices) -> tuple[Indices, Indices]:
    """The concatenated ranges `starts[n]` to `starts[n] + sizes[n]`, and the number n of each element."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    values = np.arange(len(owner))
    values += np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return values, owner
