"""Diversity: vocabulary, distinct captions, length, similes, self-BLEU."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from stages.metrics.interface import Columns, Context, Metric, OfSamples, mean, of_texts, ratio
from stages.metrics.ngrams import ORDERS, Array, Indices, Numbering, ReferenceNgrams
from stages.metrics.overlap import added
from stages.utterances.similes import PHRASES

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


_ANYWHERE = re.compile("|".join(PHRASES))
_WHOLE_WORDS = re.compile(rf"\b(?:{'|'.join(PHRASES)})\b")


def _similes(texts: Sequence[str]) -> Columns:
    return {
        "simile": np.array([_WHOLE_WORDS.search(text) is not None for text in texts], float),
        "simile_substring": np.array([_ANYWHERE.search(text) is not None for text in texts], float),
    }


# `similes` wants whole words; ArtEmis looks for substrings, so that "this like" and
# "think often" count.
SIMILES = Metric((mean("similes", "simile"), mean("similes_by_substring", "simile_substring")), of_texts(_similes))


def diversity(context: Context, texts: Sequence[str]) -> dict[str, float]:
    """What the captions of all pictures, one each, have in common.

    `distinct.captions`: share of different ones. `distinct.tokens`: how many tokens all use
    together. `distinct.unigrams`, `distinct.bigrams`: different ones as a share of all
    (distinct-1 and distinct-2 of Li et al. 2016). `most_frequent`: share of the captions
    that are the most frequent one. `self_bleu`: mean BLEU-4 of a caption against all
    others, exact. `vocabulary`: share of the training utterances' tokens that are used;
    left out where there is no training utterance.
    """
    numbering = Numbering(texts)
    (unigrams, bigrams), (tokens, pairs) = numbering.known[:2], [own.count.sum() for own in numbering.counts[:2]]
    found = {
        "distinct.captions": len(set(texts)) / len(texts),
        "distinct.tokens": unigrams,
        # Without a token, or without two in a row, nothing is repeated.
        "distinct.unigrams": float(unigrams / tokens) if tokens else 1.0,
        "distinct.bigrams": float(bigrams / pairs) if pairs else 1.0,
        "most_frequent": Counter(texts).most_common(1)[0][1] / len(texts),
        "self_bleu": float(self_bleu([texts]).mean()),
    }
    if known := context.training_tokens:
        found["vocabulary"] = len(known.intersection(token for text in texts for token in text.split())) / len(known)
    return found


def drawn(references: Sequence[Sequence[str]], seed: int) -> list[str]:
    """One utterance of each picture, drawn at random: what people would be measured by as a speaker is."""
    generator = np.random.default_rng(seed)
    return [own[int(generator.integers(len(own)))] for own in references]


def _lengths(texts: Sequence[str]) -> Columns:
    return {"length": np.array([len(text.split()) for text in texts], float)}


# Tokens per caption.
LENGTH = Metric((mean("length"),), of_texts(_lengths))
