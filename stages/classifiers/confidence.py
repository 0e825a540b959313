"""Whether a classifier is right as often as it is sure, with the temperature that it was given and without."""

from typing import Any

import numpy as np

from stages.common.calibration import cross_entropy, expected_calibration_error, reliability


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
