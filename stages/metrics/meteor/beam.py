"""The beam search of METEOR's aligner, for many pairs of sentences at once.

A path goes over the words of the reference and chooses matches. Paths are ordered by three numbers: the weight of their
matches W (the more the better), their chunks C and the distance D of the matched words in their sentences (the fewer
the better); of equal ones, the earlier path is first. One integer holds all three.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stages.metrics.meteor.matches import Matches
from stages.metrics.meteor.ragged import Indices, ranges, starts_of

# Paths of a pair that are kept.
BEAM = 40
# The end of a path without a match, or after a word without one.
NONE = -1
# Bits of a number by which paths are sorted.
BITS = 62

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Steps:
    """The steps of the pairs that need a search; those of pair n are a range. (E,) each, unless told otherwise.

    A step is either the choice of a match that begins at a word of the reference, or a stretch of words whose matches
    are fixed or that have none. A path that chooses nothing ends its chunk, unless the stretch continues it.
    """

    # The word's position in the reference.
    position: Indices
    # The matches to choose from.
    first: Indices
    count: Indices
    # The hypothesis position at which a stretch begins, and that after its last match; NONE for a gap or a choice.
    enter: Indices
    leave: Indices
    starts: Indices  # (P + 1,)
    # The hypothesis position after the last match before the first step, (P,).
    last: Indices


@dataclass(frozen=True)
class Costs:
    """What a path pays: one integer whose upper bits count missing weight, the middle ones chunks, the lower distance."""

    # Of each match, (M,): its distance, and its gain in weight.
    distance: Indices
    gain: Indices
    weight: int
    chunk: int
    start: int
    # All costs are below it.
    end: int

    @classmethod
    def of(cls, matches: Matches, steps: Steps, words: int) -> "Costs":
        """The costs of the matches.

        Args:
            words: the words of the longest pair, which bound the weight.
        """
        distance = np.abs(matches.reference - matches.hypothesis)
        # Integers, as in METEOR: a stem, synonym or paraphrase of one word for one word gains nothing.
        divisor = np.where(matches.kind == 0, 1, 2).astype(np.int32)
        gain = matches.reference_words // divisor + matches.hypothesis_words // divisor
        weight_bits, chunk_bits = words.bit_length(), int(np.diff(steps.starts).max() + 1).bit_length()
        # A step adds at most the distances of all its matches. Too many for the bits: sentences of 5,000 equal words.
        farthest = int(np.bincount(matches.pair, distance).max())
        distance_bits = min(farthest.bit_length(), BITS - weight_bits - chunk_bits)
        chunk = 1 << distance_bits
        weight = chunk << chunk_bits
        return cls(distance, gain, weight, chunk, words * weight, weight << weight_bits)


@dataclass
class Trail:
    """The choices of all paths: each is a match and the path's choice before it."""

    match: list[Indices] = field(default_factory=list)
    before: list[Indices] = field(default_factory=list)
    size: int = 0

    def add(self, match: Indices, before: Indices) -> Indices:
        """Number new choices."""
        self.match.append(match)
        self.before.append(before)
        numbers = np.arange(self.size, self.size + len(match))
        self.size += len(match)
        return numbers

    def back(self, choice: Indices) -> Indices:
        """The matches on the ways back from some choices."""
        if not self.match:
            return np.zeros(0, np.int64)
        match, before = np.concatenate(self.match), np.concatenate(self.before)
        found = []
        while len(choice := choice[choice != NONE]):
            found.append(match[choice])
            choice = before[choice]
        return np.concatenate(found) if found else np.zeros(0, np.int64)


@dataclass(frozen=True)
class Paths:
    """The paths of pairs, sorted by pair and then from the best; (N,) each."""

    pair: Indices
    cost: Indices
    # The reference position after the last match, and the hypothesis position after it.
    until: Indices
    last: Indices
    # Used words of the hypothesis, (N, words).
    used: Flags
    # The last choice in the trail.
    choice: Indices

    @classmethod
    def begin(cls, last: Indices, cost: int, words: int) -> "Paths":
        """One path for each pair."""
        pairs = len(last)
        nothing = np.zeros((pairs, words), bool)
        return cls(
            np.arange(pairs), np.full(pairs, cost), np.zeros(pairs, np.int64), last, nothing, np.full(pairs, NONE)
        )

    def first(self, pairs: int) -> "Paths":
        """The paths of the first pairs."""
        end = int(np.searchsorted(self.pair, pairs))
        return Paths(*(column[:end] for column in vars(self).values()))

    def best_from(self, pairs: int) -> Indices:
        """The last choice of the best path of every pair from the one numbered `pairs` on."""
        begins = np.flatnonzero(np.diff(self.pair, prepend=-1))
        return self.choice[begins[pairs:]]


def search(matches: Matches, steps: Steps, costs: Costs, words: int) -> Indices:
    """The matches on the best path of each pair, in any order.

    Args:
        words: the words of the longest hypothesis.
    """
    sizes = np.diff(steps.starts)
    # Pairs with many steps first, so that those that still search are always the first ones.
    ranked = np.argsort(-sizes, kind="stable")
    falling = sizes[ranked]
    ranked = ranked[falling > 0]
    paths, trail = Paths.begin(steps.last[ranked], costs.start, words), Trail()
    ends = []
    for number in range(int(falling[0])):
        active = int(np.searchsorted(-falling, -number))
        ends.append(paths.best_from(active))
        paths = paths.first(active)
        paths = _step(paths, matches, steps, steps.starts[ranked[:active]] + number, costs, trail)
    ends.append(paths.best_from(0))
    return trail.back(np.concatenate(ends))


def _step(paths: Paths, matches: Matches, steps: Steps, step: Indices, costs: Costs, trail: Trail) -> Paths:
    """All continuations of the paths, of which the best are kept.

    Args:
        step: the step of each pair.
    """
    step = step[paths.pair]
    free = paths.until <= steps.position[step]
    match, path = ranges(steps.first[step], np.where(free, steps.count[step], 0))
    unused = np.flatnonzero(~_any_used(paths, path, matches, match))
    match, path = match[unused], path[unused]
    # The distance of a match is added to the path that it continues, so that a continuation has the distances of the
    # matches before its own one, as in METEOR.
    grown = starts_of(costs.distance[match])
    begins = np.searchsorted(path, np.arange(len(paths.pair) + 1))
    ended = (paths.last != NONE) & free
    cost = np.empty(len(path) + len(paths.pair), np.int64)
    at_match, at_path = np.arange(len(path)) + path, begins[1:] + np.arange(len(paths.pair))
    cost[at_match] = (
        paths.cost[path]
        + (grown[:-1] - grown[begins[path]])
        - costs.gain[match].astype(np.int64) * costs.weight
        + costs.chunk * (ended[path] & (paths.last[path] != matches.hypothesis[match]))
    )
    cost[at_path] = (
        paths.cost + (grown[begins[1:]] - grown[begins[:-1]]) + costs.chunk * (ended & (paths.last != steps.enter[step]))
    )
    parent, chosen = np.empty(len(cost), np.int64), np.full(len(cost), NONE)
    parent[at_match], parent[at_path] = path, np.arange(len(paths.pair))
    chosen[at_match] = match
    order = _best(paths.pair[parent], cost, costs)
    parent, chosen = parent[order], chosen[order]
    skipped = np.where(free, steps.leave[step], paths.last)
    return _continued(paths, parent, chosen, cost[order], skipped, matches, trail)


def _any_used(paths: Paths, path: Indices, matches: Matches, match: Indices) -> Flags:
    """True where a path has used a word of the hypothesis that a match needs."""
    first, words = matches.hypothesis[match], matches.hypothesis_words[match]
    used = paths.used[path, first]
    for further in range(1, int(words.max(initial=1))):
        longer = np.flatnonzero(words > further)
        used[longer] |= paths.used[path[longer], first[longer] + further]
    return used


def _best(pair: Indices, cost: Indices, costs: Costs) -> Indices:
    """The order of the best paths of each pair."""
    pairs = int(pair[-1]) + 1
    if pairs * costs.end < 1 << BITS + 1:
        order = np.argsort(pair * costs.end + cost, kind="stable")
    else:
        order = np.lexsort((cost, pair))
    # Sorting leaves each pair's paths where they were.
    begins = np.searchsorted(pair, np.arange(pairs))
    return order[np.arange(len(pair)) - begins[pair] < BEAM]


def _continued(
    paths: Paths, parent: Indices, chosen: Indices, cost: Indices, skipped: Indices, matches: Matches, trail: Trail
) -> Paths:
    """Paths from their parents and the matches that they chose, or NONE."""
    until, last, used, choice = paths.until[parent], skipped[parent], paths.used[parent], paths.choice[parent]
    row = np.flatnonzero(chosen != NONE)
    match = chosen[row]
    until[row] = matches.reference[match] + matches.reference_words[match]
    first, words = matches.hypothesis[match], matches.hypothesis_words[match]
    last[row] = first + words
    for further in range(int(words.max(initial=0))):
        longer = words > further
        used[row[longer], first[longer] + further] = True
    choice[row] = trail.add(match, choice[row])
    return Paths(paths.pair[parent], cost, until, last, used, choice)
