"""Consensus decoding: of many captions sampled for a picture, those most similar to all others.

Beam search returns the likeliest caption. A speaker that has learned from few captions spreads its probability over
many ways to say the same, so that the likeliest one is often short and fits many pictures. The caption closest to all
samples is the one with the greatest expected similarity under the speaker (minimum Bayes risk; Kumar & Byrne, 2004).

The similarity is the longest common subsequence of words, as in ROUGE-L. It needs no document frequencies, so that the
caption of a picture does not depend on other pictures.
"""

from collections.abc import Sequence

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from stages.captions.hypotheses import Hypothesis

# Captions sampled for each picture: with three times as many, captions were no better and fewer of them distinct.
DRAWN = 40
# Pictures that are sampled at once: the state of each sample needs memory.
PICTURES = 8


def most_central(samples: Sequence[Hypothesis], count: int) -> list[Hypothesis]:
    """Up to `count` distinct captions, those with the greatest mean similarity to all samples first."""
    words = [sample.words for sample in samples]
    # (samples, samples); twice the common subsequence, as a share of both lengths.
    common = process.cdist(words, words, scorer=LCSseq.similarity, dtype=np.float64)
    lengths = np.array(list(map(len, words)))
    total = np.maximum(lengths[:, None] + lengths, 1)
    order = np.argsort(-(2 * common / total).sum(1), kind="stable")
    distinct: dict[tuple[int, ...], Hypothesis] = {}
    for number in order.tolist():
        distinct.setdefault(tuple(words[number]), samples[number])
    return list(distinct.values())[:count]
