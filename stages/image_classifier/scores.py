"""Scores of predicted emotion distributions; the definitions of a majority are those of `histograms`."""

from typing import Any

import numpy as np

from stages.common.emotions import DEFINITIONS, NO_MAJORITY
from stages.learning.calibration import expected_calibration_error
from stages.learning.predictions import accuracies, auc, disagreement


def scores(counts: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Scores of predictions (N, 9) against the counts of the annotations (N, 9).

    For each definition of a majority: the number of artworks that have one, and accuracies over them. `kl` is the
    mean divergence of the prediction from the shares, in nats. A score without any artwork is left out.
    """
    shares = counts / counts.sum(1, keepdims=True)  # (N, 9)
    figures: dict[str, Any] = {"artworks": len(counts)}
    for name, definition in DEFINITIONS.items():
        majority = definition(counts)  # (N,)
        figures[name] = {"artworks": int((majority != NO_MAJORITY).sum()), **accuracies(majority, probabilities)}
    figures["kl"] = divergence(shares, probabilities)
    figures["calibration_error"] = expected_calibration_error(probabilities, shares)
    figures["auc"] = auc(shares, probabilities)
    figures["two_likeliest_disagree"] = disagreement(probabilities)
    return figures


def divergence(shares: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over rows of KL(shares || probabilities), in nats; probabilities of 0 count as 1e-12."""
    ratio = np.divide(shares, probabilities.clip(1e-12), out=np.ones(shares.shape), where=shares > 0)
    return float((shares * np.log(ratio)).sum(1).mean())
