"""The beam search of METEOR's aligner, for many pairs of sentences at once.

A path goes over the words of the reference and chooses matches. Paths are ordered by three numbers: the weight of their
matches (the more the better), their chunks, and the distances between the positions of matched words (the fewer the
better); of equal paths, the one that came first. All pairs take their steps together, so that one NumPy call extends
the paths of thousands of pairs. Steps that change all paths of a pair in the same way are left out.
"""

from dataclasses import dataclass

import numpy as np

from stages.metrics.meteor.matches import Matches
from stages.metrics.meteor.ragged import Flags, Indices, ranges, starts_of

# Paths of a pair that are kept after a step.
BEAM = 40
# In place of a position or a choice: there is none.
NONE = -1
# Bits of a cost, and of the number by which paths are sorted.
BITS = 62


@dataclass(frozen=True)
class Steps:
    """The steps of the pairs that need a search; those of pair n are a range. (E,) each, unless told otherwise.

    A step is either the choice of a match that begins at a word of the reference, or a stretch of words that have fixed
    matches or none. A path that chooses nothing ends its chunk, unless the first match of the stretch continues it.
    """

    # The word's position in the reference.
    position: Indices
    # The matches to choose from.
    first: Indices
    count: Indices
    # The hypothesis position at which a stretch begins, and the one after its last word; NONE for a gap or a choice.
    enter: Indices
    leave: Indices
    # The first step of each pair, (P + 1,).
    starts: Indices
    # The hypothesis position after the last match before the first step, (P,).
    last: Indices


@dataclass(frozen=True)
class Paths:
    """The paths of pairs, sorted by pair and then from the best; (N,) each, unless told otherwise."""

    pair: Indices
    cost: Indices
    # The reference position after the last choice, and the hypothesis position after the last match, or NONE.
    until: Indices
    last: Indices
    # True for the words of the hypothesis in matches, (N, words).
    used: Flags
    # The last choice.
    choice: Indices

    def __len__(self) -> int:
        return len(self.pair)

    def of_first(self, pairs: int) -> "Paths":
        """The paths of the first pairs."""
        end = int(np.searchsorted(self.pair, pairs))
        return Paths(*(column[:end] for column in vars(self).values()))

    def best_from(self, pair: int) -> Indices:
        """The last choice of the best path of each pair from this one on."""
        return self.choice[np.flatnonzero(np.diff(self.pair, prepend=NONE))[pair:]]


class Search:
    """One search in many pairs.

    The cost of a path is one integer: its upper bits count the missing weight, the middle ones the chunks, the lower
    ones the distance. A choice is a match and the path's choice before it.

    Args:
        matches: the candidates.
        steps: the steps of each pair.
        hypothesis_words, reference_words: at least the words of the longest sentences.
    """

    def __init__(self, matches: Matches, steps: Steps, hypothesis_words: int, reference_words: int) -> None:
        self._matches, self._steps, self._width = matches, steps, hypothesis_words
        self._distance = np.abs(matches.reference - matches.hypothesis)
        # Integers, as in METEOR: a stem, synonym or paraphrase of one word for one word gains nothing.
        divisor = np.where(matches.kind == 0, 1, 2).astype(np.int32)
        self._gain = matches.reference_words // divisor + matches.hypothesis_words // divisor
        most = hypothesis_words + reference_words
        weight_bits, chunk_bits = most.bit_length(), int(np.diff(steps.starts).max()).bit_length()
        # A step adds the distances of all its matches at most. They may not fit for sentences of 5,000 equal words.
        farthest = int(np.bincount(matches.pair, self._distance).max())
        self._chunk = 1 << min(farthest.bit_length(), BITS - weight_bits - chunk_bits)
        self._weight = self._chunk << chunk_bits
        self._start, self._end = most * self._weight, self._weight << weight_bits
        self._chosen: list[Indices] = []
        self._before: list[Indices] = []
        self._choices = 0

    def run(self) -> Indices:
        """The matches on the best path of each pair, in any order."""
        sizes = np.diff(self._steps.starts)
        # Pairs with many steps first, so that those that are not at their end are always the first ones.
        ranked = np.argsort(-sizes, kind="stable")
        sizes = sizes[ranked]
        paths = self._begin(ranked[sizes > 0])
        ends = []
        for number in range(int(sizes[0])):
            active = int(np.searchsorted(-sizes, -number))
            ends.append(paths.best_from(active))
            paths = paths.of_first(active)
            paths = self._step(paths, (self._steps.starts[ranked[:active]] + number)[paths.pair])
        ends.append(paths.best_from(0))
        return self._trace(np.concatenate(ends))

    def _begin(self, pairs: Indices) -> Paths:
        """One path without a match for each pair."""
        count = len(pairs)
        return Paths(
            pair=np.arange(count),
            cost=np.full(count, self._start),
            until=np.zeros(count, np.int64),
            last=self._steps.last[pairs],
            used=np.zeros((count, self._width), bool),
            choice=np.full(count, NONE),
        )

    def _step(self, paths: Paths, step: Indices) -> Paths:
        """Extend each path by every match that it can choose, and by none; keep the best.

        Args:
            step: the step of each path, (N,).
        """
        free = paths.until <= self._steps.position[step]
        path, match = self._possible(paths, step, free)
        ends_chunk = free & (paths.last != NONE)
        # METEOR adds the distance of a match to the path that it extends, not to the new one: later choices have it.
        distance = starts_of(self._distance[match])
        begin = np.searchsorted(path, np.arange(len(paths) + 1))
        gained = self._gain[match].astype(np.int64) * self._weight
        chunks = ends_chunk[path] & (paths.last[path] != self._matches.hypothesis[match])
        chosen_cost = paths.cost[path] + (distance[:-1] - distance[begin[path]]) - gained + self._chunk * chunks
        chunks = ends_chunk & (paths.last != self._steps.enter[step])
        cost = paths.cost + (distance[begin[1:]] - distance[begin[:-1]]) + self._chunk * chunks
        # The choices of a path come before the path without one.
        at_choice, at_none = np.arange(len(path)) + path, begin[1:] + np.arange(len(paths))
        cost = _merged(at_choice, chosen_cost, at_none, cost)
        parent = _merged(at_choice, path, at_none, np.arange(len(paths)))
        match = _merged(at_choice, match, at_none, np.full(len(paths), NONE))
        order = self._best(paths.pair[parent], cost)
        last = np.where(free, self._steps.leave[step], paths.last)
        return self._extended(paths, parent[order], match[order], cost[order], last)

    def _possible(self, paths: Paths, step: Indices, free: Flags) -> tuple[Indices, Indices]:
        """Each path and a match whose words it has not used."""
        match, path = ranges(self._steps.first[step], np.where(free, self._steps.count[step], 0))
        first, words = self._matches.hypothesis[match], self._matches.hypothesis_words[match]
        used = paths.used[path, first]
        for further in range(1, int(words.max(initial=1))):
            longer = np.flatnonzero(words > further)
            used[longer] |= paths.used[path[longer], first[longer] + further]
        unused = np.flatnonzero(~used)
        return path[unused], match[unused]

    def _best(self, pair: Indices, cost: Indices) -> Indices:
        """The order of the best paths of each pair."""
        pairs = int(pair[-1]) + 1
        if pairs * self._end < 1 << BITS + 1:
            order = np.argsort(pair * self._end + cost, kind="stable")
        else:
            order = np.lexsort((cost, pair))
        # Sorted or not, the paths of a pair are at the same places.
        begin = np.searchsorted(pair, np.arange(pairs))
        return order[np.arange(len(pair)) - begin[pair] < BEAM]

    def _extended(self, paths: Paths, parent: Indices, match: Indices, cost: Indices, last: Indices) -> Paths:
        """The paths from their parents; `last` holds for those without a new match."""
        until, last, used, choice = paths.until[parent], last[parent], paths.used[parent], paths.choice[parent]
        row = np.flatnonzero(match != NONE)
        match = match[row]
        until[row] = self._matches.reference[match] + self._matches.reference_words[match]
        first, words = self._matches.hypothesis[match], self._matches.hypothesis_words[match]
        last[row] = first + words
        for further in range(int(words.max(initial=0))):
            longer = words > further
            used[row[longer], first[longer] + further] = True
        self._chosen.append(match)
        self._before.append(choice[row])
        choice[row] = np.arange(self._choices, self._choices + len(match))
        self._choices += len(match)
        return Paths(paths.pair[parent], cost, until, last, used, choice)

    def _trace(self, choice: Indices) -> Indices:
        """The matches of some last choices and of all choices before them."""
        chosen, before = np.concatenate(self._chosen), np.concatenate(self._before)
        found = [np.zeros(0, np.int64)]
        while len(choice := choice[choice != NONE]):
            found.append(chosen[choice])
            choice = before[choice]
        return np.concatenate(found)


def _merged(at_one: Indices, one: Indices, at_other: Indices, other: Indices) -> Indices:
    """The values of two arrays at their places in a new one."""
    merged = np.empty(len(one) + len(other), np.int64)
    merged[at_one], merged[at_other] = one, other
    return merged
