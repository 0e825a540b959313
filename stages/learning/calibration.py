"""Calibration of a classifier: temperature scaling and expected calibration error (Guo et al., 2017).

Dividing all logits by a temperature changes the classifier's confidence but not its
predictions. The temperature is fitted on data that the classifier was not trained on.
Targets (N, C) are shares: one-hot with a single correct class, else a distribution over
annotators.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

BINS = 15
# A fit at one of these bounds has too few rows, or only equal ones.
LOWEST, HIGHEST = 0.05, 20.0


def fit_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature in [0.05, 20] that minimises the cross-entropy of `logits` (N, C) with `targets`.

    The cross-entropy is convex in 1 / temperature, so a line search finds the minimum. Without
    rows the temperature is 1.
    """
    if not len(logits):
        return 1.0

    def loss(log_temperature: float) -> float:
        return cross_entropy(logits / np.exp(log_temperature), targets)

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    minimum = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(minimum.x))


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Mean over rows, in nats; a logit may be minus infinity where its target is zero."""
    logs = log_softmax(np.asarray(logits, np.float64), axis=1)  # (N, C)
    return float(-(targets * np.where(targets > 0, logs, 0)).sum(1).mean())


def calibrated(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities float32 (N, C)."""
    return softmax(np.asarray(logits, np.float64) / temperature, axis=1).astype(np.float32)


class Bins(NamedTuple):
    """Rows binned by confidence: in each bin their number and their sums of confidence and correctness."""

    rows: np.ndarray
    confidence: np.ndarray
    correct: np.ndarray


def reliability(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> Bins:
    """Sums over `bins` bins of equal width, (bins,) each.

    A row's confidence is its largest probability; its correctness is the share that its target
    gives to that class: 0 or 1 for one-hot targets. A confidence on the border of two bins
    belongs to the lower one.
    """
    rows, predicted = np.arange(len(probabilities)), probabilities.argmax(1)
    confidence, correct = (values[rows, predicted].astype(np.float64) for values in (probabilities, targets))
    bin_of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    sums = (np.bincount(bin_of, values, bins) for values in (confidence, correct))
    return Bins(np.bincount(bin_of, minlength=bins), *sums)


def expected_calibration_error(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """Difference of confidence and accuracy, from 0 to 1: the mean over bins weighted by their rows."""
    sums = reliability(probabilities, targets, bins)
    return float(np.abs(sums.correct - sums.confidence).sum() / sums.rows.sum())
