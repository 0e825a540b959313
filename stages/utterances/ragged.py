"""Lists of different lengths as two flat arrays, so that millions of tokens move at the speed of NumPy."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np


@dataclass(frozen=True)
class Ragged:
    """List i is `values[offsets[i] : offsets[i + 1]]`."""

    offsets: np.ndarray  # (n + 1,) int64
    values: np.ndarray  # (total,) int32

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Ragged":
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        return cls(_offsets(lengths), np.fromiter(chain.from_iterable(lists), np.int32, int(lengths.sum())))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.offsets)

    def take(self, rows: np.ndarray) -> "Ragged":
        """The lists `rows`, in that order."""
        lengths = self.lengths[rows]
        offsets = _offsets(lengths)
        # Where each value lies: the start of its list there, plus its place in the list.
        places = np.arange(offsets[-1])
        places += np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(offsets, self.values[places])

    def replace(self, lists: "Ragged") -> "Ragged":
        """Put the list `lists[v]` in the place of each value v."""
        flat = lists.take(self.values)
        return Ragged(flat.offsets[self.offsets], flat.values)


def _offsets(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
