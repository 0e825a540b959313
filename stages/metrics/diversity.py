"""Collapse and diversity: whether a speaker says something of its own of each picture, or one thing of all.

All but the length depend on the whole set of captions at once, and on its size: they are
compared between sets of one caption for each of the same pictures. People's own values
(`drawn` takes one utterance for each picture) say what is natural.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from stages.metrics.interface import Columns, Context, Metric, mean, of_texts
from stages.metrics.ngrams import Numbering
from stages.metrics.self_bleu import self_bleu


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
