"""The probabilities of the network and of the baseline, mixed: a product of powers, normalized.

The two err on different sentences: the network reads the order of words, the baseline knows which words and parts of
words go with an emotion, also rare ones. Both powers are fitted on the val split, as a temperature is.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from stages.learning.predictions import HIGHEST, LOWEST, fit_temperature, one_hot

# The lowest probability of the baseline whose logarithm is taken: it gives 0 to emotions that it has never seen.
FLOOR = 1e-6


class Mixture(NamedTuple):
    """softmax(logits / temperature + weight * log q): logits of the network, probabilities q of the baseline."""

    temperature: float = 1.0
    weight: float = 0.0

    def __call__(self, logits: np.ndarray, baseline: np.ndarray | None = None) -> np.ndarray:
        """Probabilities float32 (N, C) from logits (N, C) and, unless the weight is 0, probabilities (N, C)."""
        mixed = np.asarray(logits, np.float64) / self.temperature
        if baseline is not None and self.weight:
            mixed = mixed + self.weight * _logs(baseline)
        return softmax(mixed, axis=1).astype(np.float32)


# The network's own probabilities, not calibrated.
UNCALIBRATED = Mixture()


def fit(logits: np.ndarray, labels: np.ndarray, baseline: np.ndarray | None = None) -> Mixture:
    """The mixture with the lowest cross-entropy on rows with ids (N,) of emotions; without a baseline, of weight 0.

    The cross-entropy is convex in 1 / temperature and the weight.
    """
    targets = one_hot(labels, logits.shape[1])
    if baseline is None or not len(labels):
        return Mixture(fit_temperature(logits, targets))
    both = np.stack([np.asarray(logits, np.float64), _logs(baseline)])  # (2, N, C)

    def loss(powers: np.ndarray) -> tuple[float, np.ndarray]:
        """The mean cross-entropy and its gradient."""
        logs = log_softmax(np.tensordot(powers, both, 1), axis=1)
        gradient = (both * (np.exp(logs) - targets)).sum((1, 2)) / len(labels)
        return -(targets * logs).sum() / len(labels), gradient

    bounds = [(1 / HIGHEST, 1 / LOWEST), (0.0, 1 / LOWEST)]
    power, weight = minimize(loss, [0.5, 0.5], jac=True, method="L-BFGS-B", bounds=bounds).x
    return Mixture(float(1 / power), float(weight))


def _logs(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.asarray(probabilities, np.float64).clip(FLOOR))
