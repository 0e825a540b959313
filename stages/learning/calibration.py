"""Whether a classifier's probabilities mean what they say: temperature scaling and its error (Guo et al., 2017).

A temperature divides all logits by one number, so that no answer changes, only how sure
it is. It is fitted on data that the classifier did not learn from. Targets are shares
(N, C): one-hot where there is one right answer, a distribution where people differ.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

BINS = 15
# Beyond these a fit says that there is nothing to calibrate: too few rows, or all alike.
COLDEST, HOTTEST = 0.05, 20.0


def fit_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature in [0.05, 20] at which `logits` (N, C) give `targets` the least cross-entropy.

    The cross-entropy is convex in 1 / temperature, so a search on a line finds it. Without rows
    there is nothing to go by, and the temperature is 1.
    """
    if not len(logits):
        return 1.0

    def loss(log_temperature: float) -> float:
        return cross_entropy(logits / np.exp(log_temperature), targets)

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Mean over rows, in nats; a logit of minus infinity is welcome where its target is zero."""
    logs = log_softmax(np.asarray(logits, np.float64), axis=1)  # (N, C)
    return float(-(targets * np.where(targets > 0, logs, 0)).sum(1).mean())


def calibrated(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities float32 (N, C)."""
    return softmax(np.asarray(logits, np.float64) / temperature, axis=1).astype(np.float32)


class Bins(NamedTuple):
    """Rows by how sure their guess is: each bin's number, and its sums of confidence and of how right they are."""

    rows: np.ndarray
    confidence: np.ndarray
    right: np.ndarray


def reliability(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> Bins:
    """`bins` bins of equal width, (bins,) each.

    A row's confidence is its largest probability; how right it is, the share that its target
    gives to that class: 0 or 1 where targets are one-hot. A confidence on a border belongs
    to the bin below it.
    """
    guess = probabilities.argmax(1)
    confidence, right = (values[np.arange(len(guess)), guess].astype(np.float64) for values in (probabilities, targets))
    bin_of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return Bins(np.bincount(bin_of, minlength=bins), *(np.bincount(bin_of, of, bins) for of in (confidence, right)))


def expected_calibration_error(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """How far confidence and accuracy lie apart, from 0 to 1: the mean over bins, by their rows."""
    found = reliability(probabilities, targets, bins)
    return float(np.abs(found.right - found.confidence).sum() / found.rows.sum())
