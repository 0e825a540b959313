"""Find the related items of many pairs of texts: words of equal stem, or a phrase and its paraphrase."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stages.metrics.meteor.ragged import Indices, ranges, starts_of

# Cells, an item of one text with an item of the other, that are in memory at a time.
CELLS = 1 << 18
# Slots of the table that sorts out most unrelated cells, at least and at most, and per related pair.
FEWEST, MOST, PER_PAIR = 1 << 12, 1 << 23, 16
# An odd number near 2^64 divided by the golden ratio: a multiple's upper bits spread evenly.
SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Items:
    """The items of S texts: item n of a text is `items[starts[text] + n]`."""

    items: Indices
    starts: Indices  # (S + 1,)

    @property
    def sizes(self) -> Indices:
        """The number of items of each text, (S,)."""
        return np.diff(self.starts)


class Relation:
    """Ordered pairs (a, b) of items, each with a value.

    Args:
        a, b: the items of each pair, below `items`; sorted by a, then b.
        values: their values, above 0.
    """

    def __init__(self, a: Indices, b: Indices, values: npt.NDArray[np.integer], items: int) -> None:
        self._keys, self._values, self._items = a * items + b, values, items
        bits = int(np.clip(PER_PAIR * len(a), FEWEST, MOST)).bit_length()
        self._shift = np.uint64(64 - bits)
        self._slots = np.zeros(1 << bits, bool)
        self._slots[self._slot(self._keys)] = True

    def __len__(self) -> int:
        return len(self._keys)

    def _slot(self, keys: Indices) -> npt.NDArray[np.uint64]:
        return (keys.view(np.uint64) * SPREAD) >> self._shift

    def find(self, keys: Indices) -> tuple[Indices, npt.NDArray[np.integer]]:
        """The places of the keys `a * items + b` of related items, and the values of these."""
        places = np.flatnonzero(self._slots[self._slot(keys)])
        keys = keys[places]
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        related = self._keys[found] == keys
        return places[related], self._values[found[related]]

    def between(
        self, left: Items, right: Items, pairs: tuple[Indices, Indices]
    ) -> tuple[Indices, Indices, Indices, npt.NDArray[np.integer]]:
        """Every related item of the texts of each pair, sorted by pair, left item and right item.

        Args:
            pairs: the left and the right text of each pair, (P,) each.

        Returns:
            The pair, the positions in `left.items` and `right.items`, and the value, (N,) each.
        """
        parts = list(self._blocks(left, right, *pairs)) if len(self) else []
        if not parts:
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, nothing, nothing
        pair, one, other, values = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return pair, one, other, values

    def _blocks(
        self, left: Items, right: Items, one: Indices, other: Indices
    ) -> Iterator[tuple[Indices, Indices, Indices, npt.NDArray[np.integer]]]:
        place, pair = ranges(left.starts[one], left.sizes[one])
        sizes = right.sizes[other][pair]
        ends = starts_of(sizes)
        start = 0
        while start < len(place):
            stop = max(int(np.searchsorted(ends, ends[start] + CELLS, side="right")) - 1, start + 1)
            rows = slice(start, stop)
            cell, _ = ranges(right.starts[other][pair[rows]], sizes[rows])
            keys = right.items[cell]
            keys += np.repeat(left.items[place[rows]] * self._items, sizes[rows])
            found, values = self.find(keys)
            row = start + np.searchsorted(ends[start : stop + 1] - ends[start], found, side="right") - 1
            yield tuple(column.astype(np.int32) for column in (pair[row], place[row], cell[found], values))
            start = stop


def sharing(owners: Indices, groups: Indices) -> tuple[Indices, Indices]:
    """Every ordered pair of owners with a common group, also of an owner with itself; some more than once.

    Args:
        owners: the owner of each membership, (N,).
        groups: its group, (N,).
    """
    order = np.argsort(groups, kind="stable")
    owners, groups = owners[order], groups[order]
    begins = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    sizes = np.diff(np.append(begins, len(groups)))
    members, row = ranges(np.repeat(begins, sizes), np.repeat(sizes, sizes))
    return owners[row], owners[members]
