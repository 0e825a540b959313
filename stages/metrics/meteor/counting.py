"""Count what is matched in each pair of a hypothesis and a reference."""

import numpy as np

from stages.metrics.meteor.alignment import align
from stages.metrics.meteor.corpus import Corpus
from stages.metrics.meteor.matches import Matches, Pairs, candidates
from stages.metrics.meteor.ragged import Indices
from stages.metrics.meteor.scores import CHUNKS, KINDS, NAMES, Counts


def count(corpus: Corpus, hypothesis: Indices, reference: Indices) -> Counts:
    """The counts of pairs of sentences, (P, 23) in the order of `NAMES`.

    Args:
        hypothesis, reference: the sentences of each pair, (P,) each.
    """
    pairs = Pairs.of(corpus, hypothesis, reference)
    chosen = align(candidates(corpus, pairs), pairs)
    counts = np.zeros((len(pairs), len(NAMES)), np.int32)
    counts[:, CHUNKS] = np.bincount(chosen.pair[_begins_chunk(chosen)], minlength=len(pairs))
    sides = (
        (hypothesis, chosen.hypothesis, chosen.hypothesis_words),
        (reference, chosen.reference, chosen.reference_words),
    )
    for side, (sentence, first, words) in enumerate(sides):
        counts[:, side] = corpus.words.sizes[sentence]
        counts[:, 2 + side] = np.diff(corpus.function[corpus.words.starts])[sentence]
        begin = corpus.words.starts[sentence[chosen.pair]] + first
        function = corpus.function[begin + words] - corpus.function[begin]
        counts[:, 4 + side : CHUNKS : 4] = _by_kind(chosen, words - function, len(pairs))
        counts[:, 6 + side : CHUNKS : 4] = _by_kind(chosen, function, len(pairs))
        counts[:, CHUNKS + 1 + side] = np.bincount(chosen.pair, words, len(pairs))
    return counts


def _by_kind(chosen: Matches, words: Indices, pairs: int) -> Indices:
    """The sum of a number of words over the matches of each pair and kind, (pairs, kinds)."""
    group = chosen.pair.astype(np.int64) * len(KINDS) + chosen.kind
    return np.bincount(group, words, pairs * len(KINDS)).reshape(pairs, -1).astype(np.int64)


def _begins_chunk(chosen: Matches) -> Indices:
    """The matches that do not continue the one before on both sides."""
    continues = (
        (chosen.pair[1:] == chosen.pair[:-1])
        & (chosen.reference[1:] == (chosen.reference + chosen.reference_words)[:-1])
        & (chosen.hypothesis[1:] == (chosen.hypothesis + chosen.hypothesis_words)[:-1])
    )
    begins = np.ones(len(chosen), bool)
    begins[1:] = ~continues
    return np.flatnonzero(begins)
