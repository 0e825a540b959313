"""Calibration and mistakes of a classifier: what it scores on each emotion, and its worst test cases."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import rel_entr

from stages.common.emotions import EMOTIONS, IDS
from stages.learning.calibration import cross_entropy, expected_calibration_error, reliability


def uncalibrated(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """What `probabilities` (N, C) were before their logits were divided by `temperature`.

    Those that a low temperature has sent below float32's least number are lost: they stay zero.
    """
    # exp(z / T) to the power of T is exp(z); the largest of a row becomes 1, so that none underflows as a whole.
    powers = (probabilities.astype(np.float64) / probabilities.max(1, keepdims=True)) ** temperature
    return powers / powers.sum(1, keepdims=True)


def calibration(probabilities: np.ndarray, targets: np.ndarray, temperature: float) -> dict[str, Any]:
    """The temperature, and what there is to say `before` it and `after`; targets are shares (N, C)."""
    return {
        "temperature": temperature,
        "before": _told(uncalibrated(probabilities, temperature), targets),
        "after": _told(probabilities, targets),
    }


def _told(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Error, cross-entropy in nats, mean confidence and accuracy, and the bins that hold any row."""
    bins = reliability(probabilities, targets)
    rows = bins.rows.sum()
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities)
    return {
        "error": expected_calibration_error(probabilities, targets),
        "cross_entropy": cross_entropy(logits, targets),
        "confidence": float(bins.confidence.sum() / rows),
        "accuracy": float(bins.right.sum() / rows),
        "bins": [
            {"rows": int(count), "confidence": float(confidence / count), "accuracy": float(right / count)}
            for count, confidence, right in zip(*bins, strict=True)
            if count
        ],
    }


ARTWORK = ["art_style", "painting"]
# As the divergence that the image classifier reports: finite also for what it held impossible.
LEAST = 1e-12


def by_emotion(counts: np.ndarray) -> dict[str, dict[str, Any]]:
    """Of each emotion its rows, precision, recall and F1, from a matrix (9, 9) of actual by predicted ones.

    None where the emotion was never predicted, never there, or neither.
    """
    right, there, said = counts.diagonal(), counts.sum(1), counts.sum(0)
    return {
        emotion: {
            "rows": int(there[n]),
            "precision": _ratio(right[n], said[n]),
            "recall": _ratio(right[n], there[n]),
            "f1": _ratio(2 * right[n], said[n] + there[n]),
        }
        for n, emotion in enumerate(EMOTIONS)
    }


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def macro_f1(scored: dict[str, dict[str, Any]]) -> float | None:
    """The mean F1 of the emotions that have rows; None where none has."""
    found = [one["f1"] for one in scored.values() if one["rows"]]
    return float(np.mean(found)) if found else None


def hardest_utterances(rows: pd.DataFrame, probabilities: np.ndarray, limit: int) -> list[dict[str, Any]]:
    """The utterances told wrong with the most confidence, at most `limit`; of equal ones the first in `rows`.

    Args:
        rows: art_style, painting, emotion, utterance.
    """
    labels, guess = rows["emotion"].map(IDS).to_numpy(), probabilities.argmax(1)
    every = np.arange(len(rows))
    wrong = every[guess != labels]
    first = wrong[np.argsort(-probabilities[wrong, guess[wrong]], kind="stable")][:limit]
    found = rows.iloc[first][[*ARTWORK, "emotion", "utterance"]].assign(
        guess=[EMOTIONS[one] for one in guess[first]],
        confidence=probabilities[first, guess[first]].astype(float),
        of_emotion=probabilities[first, labels[first]].astype(float),
    )
    return found.to_dict("records")


def hardest_artworks(
    rows: pd.DataFrame, counts: np.ndarray, probabilities: np.ndarray, limit: int
) -> list[dict[str, Any]]:
    """The artworks whose predicted emotions are farthest from people's, by Kullback-Leibler divergence, in nats.

    Args:
        rows: art_style, painting.
        counts: how many people chose each emotion, (N, 9).
    """
    shares = counts / counts.sum(1, keepdims=True)
    divergence = rel_entr(shares, probabilities.clip(LEAST).astype(np.float64)).sum(1)
    return [
        {
            **rows.iloc[row][ARTWORK].to_dict(),
            "divergence": float(divergence[row]),
            "annotators": int(counts[row].sum()),
            "people": dict(zip(EMOTIONS, shares[row].tolist(), strict=True)),
            "classifier": dict(zip(EMOTIONS, probabilities[row].astype(float).tolist(), strict=True)),
        }
        for row in np.argsort(-divergence, kind="stable")[:limit]
    ]
