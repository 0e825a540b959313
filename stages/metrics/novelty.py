"""Novelty: how much of a caption was said before, in the utterances that its speaker learnt from.

A speaker that copies can score well against references, so each caption is held against
every distinct training utterance. ArtEmis' code is too slow for that and compares a sample
with a sample, whose size decides how long the longest match gets; `sampled` does as it
does, for comparison with published figures.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.metrics.arrays import Indices
from stages.metrics.interface import Columns, Context, Metric, Score, Unavailable, WholeSet, mean, of_texts
from stages.metrics.subsequences import common_subsequences

# How many captions and distinct utterances ArtEmis draws.
SAMPLED_CAPTIONS = 800
SAMPLED_UTTERANCES = 25_000

VALUES = ("lcs_max", "lcs_mean", "lcs_share", "copied")


def novelty(captions: Sequence[str], training: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The longest common subsequence (LCS) of each caption with each distinct training utterance, exact.

    Tokens are what spaces separate; those of a subsequence need not be neighbours. Arrays
    of one value per caption: `lcs_max` and `lcs_mean` over the utterances, in tokens;
    `lcs_share`, the longest as a share of the caption's own tokens (0 without any);
    `copied`, whether the caption is a training utterance word for word; `nearest`, the
    first utterance that shares the longest subsequence.
    """
    spoken = [tuple(caption.split()) for caption in captions]
    sources = {tuple(utterance.split()): utterance for utterance in training}
    common = common_subsequences(spoken, list(sources))
    lengths = np.array([len(tokens) for tokens in spoken])
    return {
        "lcs_max": common.longest,
        "lcs_mean": common.total / len(sources),
        "lcs_share": common.longest / np.maximum(lengths, 1),
        "copied": np.array([tokens in sources for tokens in spoken]),
        "nearest": np.array(list(sources.values()), dtype=object)[common.nearest],
    }


def sampled(captions: Sequence[str], training: Sequence[str], seed: int) -> dict[str, float]:
    """Means of `lcs_max` and `lcs_mean` as ArtEmis reports them: 800 captions against 25,000 distinct utterances.

    Which ones are drawn depends here on the seed alone, in ArtEmis on Python's hash seed
    too; where there are fewer, all are taken.
    """
    generator = np.random.default_rng(seed)
    utterances = list(dict.fromkeys(training))
    found = novelty(
        [captions[row] for row in _draw(generator, len(captions), SAMPLED_CAPTIONS)],
        [utterances[row] for row in _draw(generator, len(utterances), SAMPLED_UTTERANCES)],
    )
    return {name: float(found[name].mean()) for name in ("lcs_max", "lcs_mean")}


def as_artemis(seed: int) -> WholeSet:
    """`sampled` as values of a whole set; none where there is no training utterance."""

    def values(context: Context, texts: Sequence[str]) -> dict[str, float]:
        found = sampled(texts, context.training, seed) if context.training else {}
        return {f"novelty_sampled.{name}": value for name, value in found.items()}

    return values


def _draw(generator: np.random.Generator, items: int, sample: int) -> Indices:
    return generator.choice(items, min(items, sample), replace=False)


def _novelty(context: Context) -> Score:
    if not context.training:
        raise Unavailable("there is no training utterance that captions could repeat")

    def judge(texts: Sequence[str]) -> Columns:
        found = novelty(texts, context.training)
        return {f"novelty.{name}": found[name] for name in VALUES}

    return of_texts(judge)(context)


NOVELTY = Metric(tuple(mean(f"novelty.{name}", lower_is_better=True) for name in VALUES), _novelty)
