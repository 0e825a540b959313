"""Diversity of captions: distinct captions and n-grams, self-BLEU, similes, length."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from stages.metrics.interface import Columns, Context, Metric, SampledMetric, mean, of_texts, ratio
from stages.metrics.ngrams import ORDERS, Array, Indices, Numbering, ReferenceNgrams, sums_by
from stages.utterances.similes import PHRASES

# In place of an order's matches where there are none, as in NLTK's `method1` (Chen & Cherry 2014),
# with which Texygen computes Self-BLEU.
EPSILON = 0.1

ANYWHERE = re.compile("|".join(PHRASES))
WHOLE_WORDS = re.compile(rf"\b(?:{'|'.join(PHRASES)})\b")


def diversity(context: Context, texts: Sequence[str]) -> dict[str, float]:
    """Values of the captions of all pictures, one caption each.

    `distinct.captions`: share of distinct captions. `distinct.tokens`: number of distinct
    tokens. `distinct.unigrams`, `distinct.bigrams`: distinct ones as a share of all
    (distinct-1 and distinct-2 of Li et al. 2016). `most_frequent`: share of the most
    frequent caption. `self_bleu`: mean BLEU-4 of a caption against all others, exact.
    `vocabulary`: share of the training utterances' tokens that are used; left out without
    training utterances.
    """
    numbering = Numbering(texts)
    unigrams, bigrams = numbering.known[:2]
    tokens, pairs = (counts.count.sum() for counts in numbering.counts[:2])
    values = {
        "distinct.captions": len(set(texts)) / len(texts),
        "distinct.tokens": unigrams,
        # Captions without a token, or without two in a row, repeat nothing.
        "distinct.unigrams": float(unigrams / tokens) if tokens else 1.0,
        "distinct.bigrams": float(bigrams / pairs) if pairs else 1.0,
        "most_frequent": Counter(texts).most_common(1)[0][1] / len(texts),
        "self_bleu": float(self_bleu([texts]).mean()),
    }
    if training := context.training_tokens:
        used = training.intersection(token for text in texts for token in text.split())
        values["vocabulary"] = len(used) / len(training)
    return values


def self_bleu(groups: Sequence[Sequence[str]]) -> Array:
    """BLEU-4 of each text against the others of its group, group after group; 0 for the only text of a group.

    Equal to NLTK's `sentence_bleu` with the smoothing `method1`.
    """
    ngrams = ReferenceNgrams(groups)
    sizes = np.array(list(map(len, groups)))
    group = np.repeat(np.arange(len(groups)), sizes)
    member = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    lengths = np.array([len(text.split()) for texts in groups for text in texts])
    logarithm = np.minimum(0, 1 - _closest_other(group, lengths) / np.maximum(lengths, 1))
    for order, (postings, counts) in enumerate(zip(ngrams.postings, ngrams.numbering.counts, strict=True)):
        best, holder, second = postings.highest
        entry = postings.find(group[counts.sentence], counts.ngram)
        others = np.where(holder[entry] == member[counts.sentence], second[entry], best[entry])
        matches = sums_by(counts.sentence, np.minimum(counts.count, others), len(group))
        if order == 0:
            any_match = matches > 0
        smoothed = np.where(matches, matches, EPSILON) / np.maximum(lengths - order, 1)
        logarithm += np.log(smoothed) / ORDERS
    return np.where(any_match, np.exp(logarithm), 0.0)


def _closest_other(group: Indices, lengths: Indices) -> Array:
    """The length closest to each text's among the others of its group, the shorter of two; -inf without another."""
    order = np.lexsort((lengths, group))
    ranked = lengths[order].astype(float)
    neighbours = np.diff(group[order]) == 0
    shorter, longer = np.full(len(ranked), -np.inf), np.full(len(ranked), np.inf)
    shorter[1:][neighbours], longer[:-1][neighbours] = ranked[:-1][neighbours], ranked[1:][neighbours]
    closest = np.empty(len(ranked))
    closest[order] = np.where(ranked - shorter <= longer - ranked, shorter, longer)
    return closest


def _sampled_self_bleu(_: Context, samples: Sequence[Sequence[str]]) -> Columns:
    sizes = np.array(list(map(len, samples)))
    scores = sums_by(np.repeat(np.arange(len(sizes)), sizes), self_bleu(samples), len(sizes))
    several = sizes > 1
    return {"m_bleu.sum": np.where(several, scores / sizes, 0.0), "several_captions": several.astype(float)}


# Self-BLEU among the captions sampled for one picture, mean over the pictures with several.
M_BLEU = SampledMetric((ratio("m_bleu", "m_bleu.sum", "several_captions", lower_is_better=True),), _sampled_self_bleu)


def _similes(texts: Sequence[str]) -> Columns:
    return {
        "simile": np.array([WHOLE_WORDS.search(text) is not None for text in texts], float),
        "simile_substring": np.array([ANYWHERE.search(text) is not None for text in texts], float),
    }


# `similes` looks for whole words; ArtEmis looks for substrings, so that "this like" and
# "think often" count.
SIMILES = Metric((mean("similes", "simile"), mean("similes_by_substring", "simile_substring")), of_texts(_similes))


def _lengths(texts: Sequence[str]) -> Columns:
    return {"length": np.array([len(text.split()) for text in texts], float)}


# Tokens per caption.
LENGTH = Metric((mean("length"),), of_texts(_lengths))


def draw_one_each(references: Sequence[Sequence[str]], seed: int) -> list[str]:
    """One random utterance of each picture, to compare human utterances with captions on equal terms."""
    generator = np.random.default_rng(seed)
    return [texts[int(generator.integers(len(texts)))] for texts in references]
