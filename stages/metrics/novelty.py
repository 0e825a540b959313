"""Novelty: the longest common subsequence (LCS) of a caption with the training utterances."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from stages.common.processes import usable_cores
from stages.common.progress import track
from stages.metrics.interface import Columns, Context, Metric, Score, SetMetric, Unavailable, mean, of_texts
from stages.metrics.ngrams import Indices

# Captions, and utterances, that are compared at a time.
BLOCK = 1024
# Sizes of ArtEmis' sample of captions and of distinct training utterances.
SAMPLED_CAPTIONS = 800
SAMPLED_UTTERANCES = 25_000

VALUES = ("lcs_max", "lcs_mean", "lcs_share", "copied")


@dataclass(frozen=True)
class Common:
    """Common subsequences of captions with a corpus; entry i of each array belongs to caption i."""

    # Length of the longest subsequence shared with any utterance.
    longest: Indices
    # Index of the first utterance that shares it.
    nearest: Indices
    # Sum of the lengths over all utterances.
    total: Indices


def common_subsequences(captions: Sequence[Sequence[str]], utterances: Sequence[Sequence[str]]) -> Common:
    """Compare every tokenized caption with every tokenized utterance, of which there must be at least one.

    Equal captions are compared once, equal utterances as often as they are passed.
    """
    # rapidfuzz looks integers below 256 up in an array and others in a hash table, so the most frequent
    # tokens get the smallest. Tokens of no caption are left out, since they match nothing.
    tokens = Counter(chain.from_iterable(captions)).most_common()
    ids = {token: number for number, (token, _) in enumerate(tokens)}
    encoded = [tuple(ids[token] for token in caption) for caption in captions]
    sources = [[ids[token] for token in utterance if token in ids] for utterance in utterances]
    # By length, since rapidfuzz compares several short sequences in one vector register.
    distinct = sorted(set(encoded), key=len)
    longest, nearest, total = np.zeros((3, len(distinct)), np.int64)
    for start in track(range(0, len(sources), BLOCK), "subsequences"):
        for first in range(0, len(distinct), BLOCK):
            rows = slice(first, first + BLOCK)
            lengths = process.cdist(
                distinct[rows], sources[start : start + BLOCK], scorer=LCSseq.similarity, workers=usable_cores()
            )  # (captions, utterances)
            best = lengths.max(axis=1)
            nearest[rows] = np.where(best > longest[rows], lengths.argmax(axis=1) + start, nearest[rows])
            longest[rows] = np.maximum(longest[rows], best)
            total[rows] += lengths.sum(axis=1, dtype=np.int64)
    row = {caption: number for number, caption in enumerate(distinct)}
    order = [row[caption] for caption in encoded]
    return Common(longest[order], nearest[order], total[order])


def novelty(captions: Sequence[str], training: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The LCS of each caption with each distinct training utterance, exact.

    Tokens are separated by white space; those of a subsequence need not be adjacent. Arrays
    with one value per caption: `lcs_max` and `lcs_mean` over the utterances, in tokens;
    `lcs_share`, the longest as a share of the caption's tokens (0 without any); `copied`,
    true if the caption equals a training utterance; `nearest`, the first utterance that
    shares the longest subsequence.
    """
    tokenized = [tuple(caption.split()) for caption in captions]
    sources = {tuple(utterance.split()): utterance for utterance in training}
    common = common_subsequences(tokenized, list(sources))
    lengths = np.array(list(map(len, tokenized)))
    return {
        "lcs_max": common.longest,
        "lcs_mean": common.total / len(sources),
        "lcs_share": common.longest / np.maximum(lengths, 1),
        "copied": np.array([tokens in sources for tokens in tokenized]),
        "nearest": np.array(list(sources.values()), dtype=object)[common.nearest],
    }


def _novelty(context: Context) -> Score:
    if not context.training:
        raise Unavailable("there is no training utterance to compare captions with")

    def columns(texts: Sequence[str]) -> Columns:
        arrays = novelty(texts, context.training)
        return {f"novelty.{name}": arrays[name] for name in VALUES}

    return of_texts(columns)(context)


NOVELTY = Metric(tuple(mean(f"novelty.{name}", lower_is_better=True) for name in VALUES), _novelty)


def sampled_novelty(captions: Sequence[str], training: Sequence[str], seed: int) -> dict[str, float]:
    """Means of `lcs_max` and `lcs_mean` as in ArtEmis: 800 captions against 25,000 distinct utterances.

    The sample depends on the seed alone (in ArtEmis on Python's hash seed too); where there
    are fewer, all are taken.
    """
    generator = np.random.default_rng(seed)
    utterances = list(dict.fromkeys(training))
    arrays = novelty(
        [captions[row] for row in _draw(generator, len(captions), SAMPLED_CAPTIONS)],
        [utterances[row] for row in _draw(generator, len(utterances), SAMPLED_UTTERANCES)],
    )
    return {name: float(arrays[name].mean()) for name in ("lcs_max", "lcs_mean")}


def _draw(generator: np.random.Generator, items: int, sample: int) -> Indices:
    return generator.choice(items, min(items, sample), replace=False)


def artemis_novelty(seed: int) -> SetMetric:
    """`sampled_novelty` as a metric of a set; no values without training utterances."""

    def values(context: Context, texts: Sequence[str]) -> dict[str, float]:
        means = sampled_novelty(texts, context.training, seed) if context.training else {}
        return {f"novelty_sampled.{name}": value for name, value in means.items()}

    return values
