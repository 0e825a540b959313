"""Captions against single references: what the reference-based metrics compute, before they take a best or a mean.

A *pair* is a text that stands before a picture, a *cell* a pair and one of the picture's
references. However many trials leave out one reference or another, each cell is computed
once: a maximum without one cell is either the highest or, where that is left out, the second.
"""

from functools import cached_property

import numpy as np

from stages.metrics.arrays import NONE, Array, Indices
from stages.metrics.interface import Context, Trials


class Cells:
    """The distinct pairs of some trials, and their cells, which lie pair by pair."""

    def __init__(self, trials: Trials, context: Context) -> None:
        self._references = context.references
        texts = max(len(trials.texts), 1)
        keys, self.pair_of = np.unique(trials.picture * texts + trials.text, return_inverse=True)  # (T,) -> pair
        self.picture, self.text = keys // texts, keys % texts  # (P,)
        sizes = np.array([len(own) for own in context.references])
        self.sizes = sizes[self.picture]
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.pair = np.repeat(np.arange(len(keys)), self.sizes)  # (cells,)
        # Counted within the picture, and over all pictures.
        self.reference = np.arange(len(self.pair)) - self.starts[self.pair]
        self.among_all = (np.cumsum(sizes) - sizes)[self.picture[self.pair]] + self.reference
        self.dropped = np.where(trials.dropped == NONE, NONE, self.starts[self.pair_of] + trials.dropped)  # (T,)
        if np.any(self.left == 0):
            raise ValueError("a trial leaves out the only reference of its picture")

    @cached_property
    def left(self) -> Indices:
        """How many references judge each trial, (T,)."""
        return self.sizes[self.pair_of] - (self.dropped != NONE)

    def max(self, values: Array) -> Array:
        """The highest of each trial's cells, (cells,) -> (T,)."""
        order = np.lexsort((-values, self.pair))
        ranked = np.append(values[order], -np.inf)
        second = np.where(self.sizes > 1, ranked[self.starts + 1], -np.inf)
        holder = order[self.starts][self.pair_of]
        return np.where(self.dropped == holder, second[self.pair_of], ranked[self.starts][self.pair_of])

    def sum(self, values: Array) -> Array:
        """The sum of each trial's cells, (cells,) -> (T,)."""
        whole = np.bincount(self.pair, values, len(self.sizes))[self.pair_of]
        return whole - self.at_dropped(values)

    def mean(self, values: Array) -> Array:
        """The mean of each trial's cells, (cells,) -> (T,)."""
        return self.sum(values) / self.left

    def at_dropped(self, values: Array) -> Array:
        """The value of the cell that each trial leaves out, 0 where it leaves out none, (cells,) -> (T,)."""
        return np.where(self.dropped == NONE, 0.0, values[self.dropped])
