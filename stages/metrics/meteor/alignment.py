"""Choose an alignment among the candidate matches of many pairs: fixed matches, then a beam search.

The search goes over the words of the reference. Its step for one word is the same for every pair, so many pairs take
their steps together, each array holding the paths of all of them. Steps that change all paths of a pair in the same way
are left out: they change neither the order of the paths nor the winner.
"""

import numpy as np

from stages.metrics.meteor.beam import NONE, Costs, Flags, Steps, search
from stages.metrics.meteor.matches import Matches, Pairs
from stages.metrics.meteor.ragged import Indices, ranges, starts_of

def align(matches: Matches, pairs: Pairs) -> Matches:
    """The chosen matches of each pair, sorted by pair and position in the reference."""
    if not len(matches):
        return matches
    fixed, covered = _fixed(matches, pairs)
    steps = _steps(matches, pairs, fixed, covered)
    chosen = np.flatnonzero(fixed)
    if len(steps.position):
        sizes = np.diff(pairs.hypothesis_base)
        costs = Costs.of(matches, steps, int((sizes + np.diff(pairs.reference_base)).max()))
        chosen = np.concatenate([chosen, search(matches, steps, costs, int(sizes.max()))])
    return matches.at(np.sort(chosen))


def _fixed(matches: Matches, pairs: Pairs) -> tuple[Flags, Indices]:
    """True for the matches that share no word with another, (M,), and the number of matches at each reference word."""
    ends = []
    for row, words, base in (
        (matches.reference_row(pairs), matches.reference_words, pairs.reference_base),
        (matches.hypothesis_row(pairs), matches.hypothesis_words, pairs.hypothesis_base),
    ):
        rows = int(base[-1]) + 1
        coverage = np.cumsum(np.bincount(row, minlength=rows) - np.bincount(row + words, minlength=rows))
        total = starts_of(coverage)
        ends.append((coverage, total[row + words] - total[row] == words))
    (covered, alone), (_, alone_too) = ends
    return alone & alone_too, covered[:-1]


def _steps(matches: Matches, pairs: Pairs, fixed: Flags, covered: Indices) -> Steps:
    rows = len(covered)
    row = matches.reference_row(pairs)
    first = np.searchsorted(row, np.arange(rows + 1))
    enter, leave = np.full(rows, NONE), np.full(rows, NONE)
    held = np.flatnonzero(fixed)
    enter[row[held]] = matches.hypothesis[held]
    within, owner = ranges(row[held], matches.reference_words[held])
    leave[within] = (matches.hypothesis + matches.hypothesis_words)[held][owner]
    taken = np.zeros(rows, bool)
    taken[within] = True
    choice = (covered > 0) & ~taken
    pair = np.repeat(np.arange(len(pairs)), np.diff(pairs.reference_base))
    # A stretch begins at a pair's beginning or after a choice; its last word is the one before the next step.
    begins = np.ones(rows, bool)
    begins[1:] = choice[1:] | choice[:-1] | (pair[1:] != pair[:-1])
    begin = np.flatnonzero(begins)
    end = np.append(begin[1:], rows) - 1
    step_pair = pair[begin]
    chooses = choice[begin]
    # A stretch before the first choice only sets the last match; pairs without a choice need no step.
    searched = np.bincount(step_pair, chooses, len(pairs)) > 0
    leading = ~chooses & np.append(True, step_pair[1:] != step_pair[:-1]) & searched[step_pair]
    last = np.full(len(pairs), NONE)
    last[step_pair[leading]] = leave[end[leading]]
    kept = np.flatnonzero(searched[step_pair] & ~leading)
    # After a last choice, the end of the sentence ends the chunk.
    final = np.flatnonzero(chooses & np.append(step_pair[1:] != step_pair[:-1], True))
    order = np.argsort(np.concatenate([step_pair[kept], step_pair[final]]), kind="stable")

    def with_final(values: Indices, at_end: int) -> Indices:
        return np.concatenate([values[kept], np.full(len(final), at_end)])[order]

    count = np.where(chooses, np.diff(first)[begin], 0)
    return Steps(
        position=with_final(begin - pairs.reference_base[step_pair], np.iinfo(np.int32).max),
        first=with_final(first[begin], 0),
        count=with_final(count, 0),
        enter=with_final(np.where(chooses, NONE, enter[begin]), NONE),
        leave=with_final(np.where(chooses, NONE, leave[end]), NONE),
        starts=starts_of(np.bincount(step_pair[kept], minlength=len(pairs)) + np.bincount(step_pair[final], minlength=len(pairs))),
        last=last,
    )
