"""METEOR 1.5 for English."""

from collections.abc import Sequence

import numpy as np

from stages.metrics.meteor.alignment import align
from stages.metrics.meteor.corpus import Corpus
from stages.metrics.meteor.matches import Matches, Pairs, candidates
from stages.metrics.meteor.ragged import Indices
from stages.metrics.meteor.scores import KINDS, Array


def counts_of(corpus: Corpus, hypothesis: Indices, reference: Indices) -> Array:
    """The 23 counts of pairs of sentences, (P, 23)."""
    pairs = Pairs.of(corpus, hypothesis, reference)
    chosen = align(candidates(corpus, pairs), pairs)
    sizes = corpus.words.sizes
    function = np.diff(corpus.function[corpus.words.starts])
    counts = np.zeros((len(pairs), 23))
    counts[:, 0], counts[:, 1] = sizes[hypothesis], sizes[reference]
    counts[:, 2], counts[:, 3] = function[hypothesis], function[reference]
    group = chosen.pair * len(KINDS) + chosen.kind
    for side, (sentence, first, words) in enumerate((
        (hypothesis, chosen.hypothesis, chosen.hypothesis_words),
        (reference, chosen.reference, chosen.reference_words),
    )):
        start = corpus.words.starts[sentence[chosen.pair]] + first
        matched = corpus.function[start + words] - corpus.function[start]
        for offset, numbers in ((0, words - matched), (2, matched)):
            counts[:, 4 + offset + side : 20 : 4] = np.bincount(group, numbers, len(pairs) * len(KINDS)).reshape(-1, 4)
        counts[:, 21 + side] = np.bincount(chosen.pair, words, len(pairs))
    counts[:, 20] = np.bincount(chosen.pair[_begins(chosen)], minlength=len(pairs))
    return counts


def _begins(chosen: Matches) -> Indices:
    """The matches that begin a chunk."""
    continues = (
        (chosen.pair[1:] == chosen.pair[:-1])
        & (chosen.reference[1:] == (chosen.reference + chosen.reference_words)[:-1])
        & (chosen.hypothesis[1:] == (chosen.hypothesis + chosen.hypothesis_words)[:-1])
    )
    return np.flatnonzero(~np.append(np.zeros(1, bool)[: len(chosen.pair)], continues))
