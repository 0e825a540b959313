"""Self-BLEU: how well texts predict one another, high where a speaker always says the same.

BLEU-4 of each text against all the others of its group. The group is the whole set of
captions in Self-BLEU (Zhu et al. 2018, "Texygen"), and the captions sampled for one
picture in mBLEU (Shetty et al. 2017, "Speaking the Same Language"). Exact, in time linear
in the texts: the highest count of an n-gram among the others is its highest of all, or the
second highest for the text that has the highest.
"""

from collections.abc import Sequence

import numpy as np

from stages.metrics.arrays import Array, Indices
from stages.metrics.interface import Columns, Context, OfSamples, ratio
from stages.metrics.ngrams import ORDERS, ReferenceNgrams
from stages.metrics.overlap import added

# In place of an order's matches where there are none, as in NLTK's `method1` (Chen & Cherry 2014),
# by which Texygen computes Self-BLEU.
EPSILON = 0.1


def self_bleu(groups: Sequence[Sequence[str]]) -> Array:
    """BLEU-4 of each text of each group, one group after the other; 0 of a text without another beside it.

    Equals NLTK's `sentence_bleu` with the smoothing `method1`.
    """
    ngrams = ReferenceNgrams(groups)
    sizes = np.array([len(own) for own in groups])
    group = np.repeat(np.arange(len(groups)), sizes)
    member = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    lengths = np.array([len(text.split()) for own in groups for text in own])
    logarithm = np.minimum(0, 1 - _closest_other(group, lengths) / np.maximum(lengths, 1))
    for order, (postings, counts) in enumerate(zip(ngrams.postings, ngrams.numbering.counts, strict=True)):
        best, holder, second = postings.highest
        entry = postings.find(group[counts.sentence], counts.ngram)
        others = np.where(holder[entry] == member[counts.sentence], second[entry], best[entry])
        matches = added(counts.sentence, np.minimum(counts.count, others), len(group))
        if not order:
            related = matches > 0
        smoothed = np.where(matches, matches, EPSILON) / np.maximum(lengths - order, 1)
        logarithm += np.log(smoothed) / ORDERS
    return np.where(related, np.exp(logarithm), 0.0)


def _closest_other(group: Indices, lengths: Indices) -> Array:
    """The length of the text of the same group that is closest in length, of two the shorter; -inf without another."""
    order = np.lexsort((lengths, group))
    ranked = lengths[order].astype(float)
    neighbours = np.diff(group[order]) == 0
    shorter, longer = np.full(len(ranked), -np.inf), np.full(len(ranked), np.inf)
    shorter[1:][neighbours], longer[:-1][neighbours] = ranked[:-1][neighbours], ranked[1:][neighbours]
    closest = np.empty(len(ranked))
    closest[order] = np.where(ranked - shorter <= longer - ranked, shorter, longer)
    return closest


def _of_samples(_: Context, samples: Sequence[Sequence[str]]) -> Columns:
    sizes = np.array([len(own) for own in samples])
    scores = added(np.repeat(np.arange(len(sizes)), sizes), self_bleu(samples), len(sizes))
    several = sizes > 1
    return {"m_bleu.sum": np.where(several, scores / sizes, 0.0), "several_captions": several.astype(float)}


# The mean over pictures for which several captions were sampled.
M_BLEU = OfSamples((ratio("m_bleu", "m_bleu.sum", "several_captions", lower_is_better=True),), _of_samples)
