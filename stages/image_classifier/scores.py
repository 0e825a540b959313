"""How good predicted emotion distributions of artworks are; the notions are those of `histograms`."""

from typing import Any

import numpy as np

from stages.common.emotions import DEFINITIONS, NO_MAJORITY
from stages.learning.calibration import expected_calibration_error
from stages.learning.predictions import accuracies, auc, disagreement


def scores(counts: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Figures of predictions (N, 9) against the counts of the annotations (N, 9).

    Under the name of each definition of a majority stands how many artworks have one, and the
    accuracies over them. `kl` is the mean divergence of the prediction from the shares, in
    nats. Where nothing qualifies a figure is left out.
    """
    shares = counts / counts.sum(1, keepdims=True)
    figures: dict[str, Any] = {"artworks": len(counts)}
    for name, definition in DEFINITIONS.items():
        winners = definition(counts)
        figures[name] = {"artworks": int((winners != NO_MAJORITY).sum()), **accuracies(winners, probabilities)}
    figures["kl"] = divergence(shares, probabilities)
    figures["calibration_error"] = expected_calibration_error(probabilities, shares)
    figures["auc"] = auc(shares, probabilities)
    figures["two_likeliest_disagree"] = disagreement(probabilities)
    return figures


def divergence(shares: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over rows of KL(shares || probabilities), in nats; finite also for the impossible."""
    ratio = np.divide(shares, probabilities.clip(1e-12), out=np.ones(shares.shape), where=shares > 0)
    return float((shares * np.log(ratio)).sum(1).mean())
