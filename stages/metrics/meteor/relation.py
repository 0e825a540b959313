"""Find the related items of many pairs of texts: words of equal stem, or a phrase and its paraphrase."""

from dataclasses import dataclass

import numpy as np

from stages.metrics.meteor.ragged import Indices, ranges, starts_of

# Cells, an item of one text with an item of the other, that are in memory at a time.
CELLS = 1 << 18
# Slots of the table that sorts out most unrelated cells, at least and at most, and per related pair.
FEWEST, MOST, PER_PAIR = 1 << 12, 1 << 23, 16
# An odd number near 2^64 divided by the golden ratio: the upper bits of its multiples spread evenly.
SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Items:
    """The items of S texts, numbers from 0: those of text n are `items[starts[n] : starts[n + 1]]`."""

    items: Indices
    starts: Indices  # (S + 1,)

    @property
    def sizes(self) -> Indices:
        """The number of items of each text, (S,)."""
        return np.diff(self.starts)


@dataclass(frozen=True)
class Related:
    """Related items of pairs of texts; (N,) each, 32 bits."""

    pair: Indices
    # Positions in `Items.items`.
    one: Indices
    other: Indices
    value: Indices


class Relation:
    """Related items, each pair (a, b) with a value.

    A pair is the key `a * count + b`. Most cells are unrelated, and a hash table of bits finds that out faster than a
    search in the sorted keys.

    Args:
        keys: the keys, in any order.
        values: the value of each.
        count: the number of items.
    """

    def __init__(self, keys: Indices, values: Indices, count: int) -> None:
        order = np.argsort(keys)
        self._keys, self._values, self._count = keys[order], values[order], count
        bits = min(max(PER_PAIR * len(keys), FEWEST), MOST).bit_length()
        self._shift = np.uint64(64 - bits)
        self._slots = np.zeros(1 << bits, bool)
        self._slots[self._slot(keys)] = True

    def between(self, one: Items, other: Items, texts: Indices, other_texts: Indices) -> Related:
        """The related items of each pair of texts, sorted by pair and the positions of the items.

        Args:
            one: the items a of the first texts.
            other: the items b of the second texts.
            texts, other_texts: the texts of each pair, (P,).
        """
        place, pair = ranges(one.starts[texts], one.sizes[texts])
        sizes = other.sizes[other_texts][pair]
        cells = starts_of(sizes)
        parts = [Related(*np.zeros((4, 0), np.int32))]
        # Rows of cells, an item of the first text with all items of the second, as many as fit.
        start = 0
        while start < len(place) and len(self._keys):
            stop = max(int(np.searchsorted(cells, cells[start] + CELLS, side="right")) - 1, start + 1)
            rows = slice(start, stop)
            second, _ = ranges(other.starts[other_texts][pair[rows]], sizes[rows])
            keys = np.repeat(one.items[place[rows]] * self._count, sizes[rows]) + other.items[second]
            found, value = self._find(keys)
            row = start + np.searchsorted(cells[start : stop + 1] - cells[start], found, side="right") - 1
            columns = (pair[row], place[row], second[found], value)
            parts.append(Related(*(column.astype(np.int32) for column in columns)))
            start = stop
        together = zip(*(vars(part).values() for part in parts), strict=True)
        return Related(*map(np.concatenate, together))

    def _find(self, keys: Indices) -> tuple[Indices, Indices]:
        """The places of the keys that are related, and their values."""
        places = np.flatnonzero(self._slots[self._slot(keys)])
        keys = keys[places]
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        related = self._keys[found] == keys
        return places[related], self._values[found[related]]

    def _slot(self, keys: Indices) -> np.ndarray:
        return (keys.astype(np.int64, copy=False).view(np.uint64) * SPREAD) >> self._shift


def sharing(owners: Indices, groups: Indices, count: int) -> Indices:
    """The sorted keys `a * count + b` of all owners a and b with a common group, also of each owner with itself.

    Args:
        owners: the owner of each membership, below `count`, (N,).
        groups: its group, (N,).
    """
    order = np.argsort(groups, kind="stable")
    owners, groups = owners[order], groups[order]
    begin = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])[: len(groups)])
    sizes = np.diff(np.append(begin, len(groups)))
    members, row = ranges(np.repeat(begin, sizes), np.repeat(sizes, sizes))
    return np.unique(owners[row] * count + owners[members])
