"""The errors of a judge of emotions, and emotional alignment corrected for them.

A judge says emotion j of an utterance with emotion e in a share C[e, j] of the cases: its confusion, counted on human
utterances whose emotion is known. The shares q of the emotions that it says of captions are then q = p C for the shares
p of those that people would have named, and p = q C^-1: the correction of prevalence estimation (Rogan and Gladen 1978
for two classes, the adjusted count for more). For captions whose pictures have the majority emotion m, the share with
that emotion is q C^-1[:, m]; so a caption that the judge calls j counts C^-1[j, m] instead of 1 for j = m.

This takes for granted that the judge errs on captions as on human utterances with the same emotion. The interval covers
both the choice of the pictures, by resampling them, and that of the utterances behind C, by drawing its rows from their
posterior distributions (Dirichlet, with a prior of one utterance spread evenly).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.common.artworks import ARTWORK
from stages.metrics.bootstrap import interval, resample_weights
from stages.metrics.emotion import MAJORITY_ID, EmotionJudge, judged_columns
from stages.metrics.interface import NONE, Columns
from stages.metrics.ngrams import Array, Indices

# The largest condition number of a confusion that is inverted: errors in the shares may grow by this factor.
WORST_CONDITION = 30.0


def reliability(
    judges: Sequence[EmotionJudge], utterances: pd.DataFrame, resamples: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Accuracy and confusion of each judge, by name, on human utterances with the emotions of their annotators.

    `accuracy`: share of the utterances whose likeliest emotion is the annotator's; `low`, `high`: its 95 % interval,
    over resamples of artworks. `confusion`: for each annotated emotion by name, the counts of the emotions that the
    judge says, in the order of their ids.

    Args:
        utterances: rows of the utterances table.
    """
    if not judges:
        return {}
    texts, labels = utterances["utterance_spelled"].to_list(), utterances["emotion_label"].to_numpy(int)
    artwork = utterances.groupby(ARTWORK, observed=True, sort=False).ngroup().to_numpy().astype(np.int64)
    return {judge.name: _reliability(judge, texts, labels, artwork, resamples, seed) for judge in judges}


def _reliability(
    judge: EmotionJudge, texts: Sequence[str], labels: Indices, artwork: Indices, resamples: int, seed: int
) -> dict[str, Any]:
    predicted, count = judge.probabilities(texts).argmax(1), len(judge.emotions)
    pairs = np.bincount(labels * count + predicted, minlength=count**2)
    sums = np.stack([np.bincount(artwork, predicted == labels), np.bincount(artwork)])  # (2, artworks)
    drawn = np.concatenate([weights @ sums.T for weights in resample_weights(sums.shape[1], resamples, seed)])
    low, high = interval(drawn[:, 0] / drawn[:, 1])
    return {
        "accuracy": float((predicted == labels).mean()),
        "low": low,
        "high": high,
        "confusion": dict(zip(judge.emotions, pairs.reshape(count, -1).tolist(), strict=True)),
    }


def corrected_name(judge: str) -> str:
    """The name of a judge's corrected share of captions with the majority emotion of their picture."""
    return f"{judge}.corrected"


def corrections(
    columns: Columns, reliable: Mapping[str, Mapping[str, Any]], resamples: int, seed: int
) -> dict[str, dict[str, float]]:
    """For each judge the corrected share, `value`, `low` and `high`, held between 0 and 1; none if it is NaN.

    Args:
        columns: the columns of an evaluation, with those of `emotion.alignment`.
        reliable: the result of `reliability`.
    """
    found = {}
    for judge, figures in reliable.items():
        value, drawn = corrected(columns, judge, figures["confusion"], resamples, seed)
        if np.isfinite(value):
            low, high = interval(drawn)
            held = np.clip([value, low, high], 0, 1).tolist()
            found[corrected_name(judge)] = dict(zip(("value", "low", "high"), held, strict=True))
    return found


def corrected(
    columns: Columns, judge: str, confusion: Mapping[str, Sequence[int]], resamples: int, seed: int
) -> tuple[float, Array]:
    """The corrected share of captions with the majority emotion of their picture, and resamples of it, (resamples,).

    Not held between 0 and 1, so that differences between two systems are right; NaN without a picture that counts,
    or if the judge tells some emotions hardly apart.
    Systems with the same pictures, in the same order, and the same confusion have paired resamples.
    """
    judged = np.stack([columns[name] for name in judged_columns(judge, list(confusion))], axis=1)  # (N, C)
    majority = columns[MAJORITY_ID].astype(int)
    pairs = judged[:, :, None] * (majority[:, None, None] == np.arange(judged.shape[1]))  # (N, C, C)
    pairs, counted = pairs.reshape(len(pairs), -1), (majority != NONE).astype(float)
    inverse, inverses = _inverses(np.array(list(confusion.values()), float), resamples, seed)
    drawn = [
        (weights @ pairs, weights @ counted) for weights in resample_weights(len(pairs), resamples, seed)
    ]  # (b, C * C) and (b,)
    shares, totals = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(np.divide(pairs.sum(0) @ inverse.ravel(), counted.sum()))
        return value, (shares * inverses.reshape(resamples, -1)).sum(1) / totals


def _inverses(counts: Array, draws: int, seed: int) -> tuple[Array, Array]:
    """The inverse of the mean confusion, (C, C), and of `draws` from its posterior distribution, (draws, C, C).

    An emotion that no utterance has is taken to be recognized: nothing is known of it. NaN if the judge tells some
    emotions hardly apart: no share of them follows from what it says.
    """
    classes = len(counts)
    seen = counts.sum(1) > 0
    posterior = counts + 1 / classes
    # With a seed of its own: the pictures are drawn with `seed`.
    drawn = np.random.default_rng((seed, 1)).gamma(posterior, size=(draws, classes, classes))
    confusions = np.concatenate([posterior[None], drawn])
    confusions = np.where(seen[:, None], confusions / confusions.sum(2, keepdims=True), np.eye(classes))
    if np.linalg.cond(confusions[0]) > WORST_CONDITION:
        return np.full((classes, classes), np.nan), np.full((draws, classes, classes), np.nan)
    # A draw may be singular; the pseudo-inverse is defined for it, too.
    inverse, *inverses = np.linalg.pinv(confusions)
    return inverse, np.array(inverses)
