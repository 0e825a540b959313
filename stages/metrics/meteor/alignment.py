"""Choose an alignment among the candidate matches of each pair: fixed matches, then a search for the others."""

import numpy as np

from stages.metrics.meteor.beam import NONE, Search, Steps
from stages.metrics.meteor.matches import Matches, Pairs
from stages.metrics.meteor.ragged import Flags, Indices, ranges, starts_of


def align(candidates: Matches, pairs: Pairs) -> Matches:
    """The chosen matches of each pair, sorted by pair and position in the reference."""
    fixed, covered = _fixed(candidates, pairs)
    steps = _steps(candidates, pairs, fixed, covered)
    chosen = np.flatnonzero(fixed)
    if len(steps.position):
        words = np.diff(pairs.hypothesis_rows).max(), np.diff(pairs.reference_rows).max()
        chosen = np.concatenate([chosen, Search(candidates, steps, *map(int, words)).run()])
    return candidates.at(np.sort(chosen))


def _fixed(candidates: Matches, pairs: Pairs) -> tuple[Flags, Indices]:
    """True for the matches whose words are in no other match, (M,); the number of matches of each reference row."""
    covered, alone = _coverage(candidates.pair, candidates.reference, candidates.reference_words, pairs.reference_rows)
    _, alone_there = _coverage(
        candidates.pair, candidates.hypothesis, candidates.hypothesis_words, pairs.hypothesis_rows
    )
    return alone & alone_there, covered


def _coverage(pair: Indices, first: Indices, words: Indices, rows: Indices) -> tuple[Indices, Flags]:
    """The number of matches of each row, and true for the matches that are alone in all their rows, (M,)."""
    count = int(rows[-1])
    begin = rows[pair] + first
    covered = np.cumsum(np.bincount(begin, minlength=count) - np.bincount(begin + words, minlength=count))
    total = starts_of(covered)
    return covered, total[begin + words] - total[begin] == words


def _steps(candidates: Matches, pairs: Pairs, fixed: Flags, covered: Indices) -> Steps:
    """The steps of the search in the pairs that need one."""
    begin_of = pairs.reference_rows[candidates.pair] + candidates.reference
    enter, leave = _fixed_rows(candidates.at(np.flatnonzero(fixed)), begin_of[fixed], len(covered))
    choice = (covered > 0) & (leave == NONE)
    pair = np.repeat(np.arange(len(pairs)), np.diff(pairs.reference_rows))
    # A step is a row with a choice, or a stretch of rows without.
    changes = np.diff(pair, prepend=-1) > 0
    changes[1:] |= choice[1:] | choice[:-1]
    begin = np.flatnonzero(changes)
    end = np.append(begin[1:], len(covered)) - 1
    pair = pair[begin]
    # The stretch before the first choice changes nothing but the last match, and those after the last choice all paths
    # in the same way.
    leading = (np.diff(pair, prepend=-1) > 0) & ~choice[begin]
    last = np.full(len(pairs), NONE)
    last[pair[leading]] = leave[end[leading]]
    searched = np.bincount(pair, choice[begin], len(pairs)) > 0
    kept = np.flatnonzero(searched[pair] & ~leading)
    pair, begin, end = pair[kept], begin[kept], end[kept]
    first = np.searchsorted(begin_of, begin)
    return Steps(
        position=begin - pairs.reference_rows[pair],
        first=first,
        count=np.where(choice[begin], np.searchsorted(begin_of, begin, side="right") - first, 0),
        enter=enter[begin],
        leave=leave[end],
        starts=starts_of(np.bincount(pair, minlength=len(pairs))),
        last=last,
    )


def _fixed_rows(fixed: Matches, begin: Indices, rows: int) -> tuple[Indices, Indices]:
    """The hypothesis position at which a fixed match begins here, and the one after that which spans this row."""
    enter, leave = np.full(rows, NONE), np.full(rows, NONE)
    enter[begin] = fixed.hypothesis
    spanned, match = ranges(begin, fixed.reference_words)
    leave[spanned] = (fixed.hypothesis + fixed.hypothesis_words)[match]
    return enter, leave
