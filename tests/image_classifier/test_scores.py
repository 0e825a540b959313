"""Scores of five artworks, computed by hand."""

import math

import numpy as np
import pytest

from stages.common.emotions import ARTEMIS
from stages.image_classifier.classifier import divergence, scores


def rows(*artworks: dict[str, float]) -> np.ndarray:
    """Values (N, 9) from the nonzero ones of each artwork."""
    table = np.zeros((len(artworks), len(ARTEMIS)), np.float32)
    for row, artwork in zip(table, artworks, strict=True):
        for emotion, value in artwork.items():
            row[ARTEMIS.ids[emotion]] = value
    return table


COUNTS = rows(
    {"awe": 3, "anger": 2},
    {"sadness": 3, "fear": 3},  # a tie at a half: fear comes first
    {"amusement": 4, "awe": 3, "contentment": 3},
    {"anger": 5},
    {"something else": 3, "awe": 2},
).astype(np.int32)
PREDICTIONS = rows({"awe": 1}, {"sadness": 1}, {"amusement": 1}, {"disgust": 1}, {"awe": 1})


def test_each_definition_of_a_majority() -> None:
    found = scores(COUNTS, PREDICTIONS, ARTEMIS)
    assert found["artworks"] == 5
    # The 1st, 4th and 5th; the prediction of the 1st is right, that of the 4th has the right polarity.
    assert found["more_than_half"] == pytest.approx(
        {"artworks": 3, "accuracy": 1 / 3, "ternary": 2 / 3, "binary": 2 / 2}
    )
    # The 2nd, too; its prediction has the right polarity.
    assert found["at_least_half"] == pytest.approx(
        {"artworks": 4, "accuracy": 1 / 4, "ternary": 3 / 4, "binary": 3 / 3}
    )
    assert found["at_least_half_untied"] == found["more_than_half"]
    # Not the 2nd, but the 3rd, whose prediction is right.
    assert found["largest_untied"] == pytest.approx(
        {"artworks": 4, "accuracy": 2 / 4, "ternary": 3 / 4, "binary": 3 / 3}
    )


def test_calibration_and_disagreement() -> None:
    found = scores(COUNTS, rows(*[{"awe": 0.6, "anger": 0.4}] * 3, *[{"awe": 0.6, "amusement": 0.4}] * 2), ARTEMIS)
    # Awe has 3/5, 0, 3/10, 0 and 2/5 of the annotations: mean 0.26.
    assert found["calibration_error"] == pytest.approx(0.6 - 0.26)
    assert found["two_likeliest_disagree"] == pytest.approx({"positive_negative": 0.6, "any": 0.6})
    assert set(found["auc"]) == {"amusement", "awe", "contentment", "anger", "fear", "sadness", "something else"}


def test_divergence_in_nats() -> None:
    shares = rows({"awe": 0.5, "anger": 0.5}, {"fear": 1.0})
    probabilities = rows({"awe": 0.25, "anger": 0.75}, {"fear": 0.2, "awe": 0.8})
    expected = (0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75) + math.log(1 / 0.2)) / 2
    assert expected == pytest.approx((0.1438 + 1.6094) / 2, abs=1e-4)
    assert divergence(shares, probabilities) == pytest.approx(expected, rel=1e-6)


def test_divergence_is_zero_for_equal_and_finite_for_disjoint_distributions() -> None:
    shares = COUNTS / COUNTS.sum(1, keepdims=True)
    assert divergence(shares, shares) == pytest.approx(0, abs=1e-7)
    assert divergence(rows({"awe": 1}), rows({"fear": 1})) == pytest.approx(math.log(1e12), rel=1e-6)


def test_a_definition_that_no_artwork_meets() -> None:
    found = scores(rows({"awe": 2, "fear": 2, "anger": 1}).astype(np.int32), rows({"awe": 1}), ARTEMIS)
    assert found["more_than_half"] == found["largest_untied"] == {"artworks": 0}
