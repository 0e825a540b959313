"""Figures of five artworks, counted by hand."""

import math

import numpy as np
import pytest

from stages.common.emotions import EMOTIONS, IDS
from stages.image_classifier.scores import confusion, scores


def rows(*artworks: dict[str, float]) -> np.ndarray:
    """Shares (N, 9) from what is not zero."""
    table = np.zeros((len(artworks), len(EMOTIONS)), np.float32)
    for row, artwork in zip(table, artworks, strict=True):
        for emotion, share in artwork.items():
            row[IDS[emotion]] = share
    return table


SHARES = rows(
    {"awe": 0.6, "anger": 0.4},
    {"sadness": 0.5, "fear": 0.5},  # a tie at a half: fear, the first, counts
    {"amusement": 0.4, "awe": 0.3, "contentment": 0.3},
    {"anger": 1.0},
    {"something else": 0.6, "awe": 0.4},
)
GUESSES = rows({"awe": 1}, {"sadness": 1}, {"amusement": 1}, {"disgust": 1}, {"awe": 1})


def test_three_meanings_of_the_emotion() -> None:
    found = scores(SHARES, GUESSES)
    assert found["artworks"] == 5
    # A majority: the 1st, 4th and 5th; the 1st is right, the 4th at least negative.
    assert found["majority_artworks"] == 3
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["polarity_accuracy"] == pytest.approx(2 / 3)
    # At least half: the 2nd too, and it is wrong.
    assert found["accuracy_half"] == pytest.approx(1 / 4)
    # No tie for the largest: not the 2nd, but the 3rd, which is right.
    assert found["accuracy_unique"] == pytest.approx(2 / 4)


def test_divergence_in_nats() -> None:
    shares = rows({"awe": 0.5, "anger": 0.5}, {"fear": 1.0})
    probabilities = rows({"awe": 0.25, "anger": 0.75}, {"fear": 0.2, "awe": 0.8})
    expected = (0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75) + math.log(1 / 0.2)) / 2
    assert expected == pytest.approx((0.1438 + 1.6094) / 2, abs=1e-4)
    assert scores(shares, probabilities)["kl"] == pytest.approx(expected, rel=1e-6)


def test_divergence_is_zero_for_the_shares_and_finite_for_the_impossible() -> None:
    assert scores(SHARES, SHARES)["kl"] == pytest.approx(0, abs=1e-7)
    assert scores(rows({"awe": 1}), rows({"fear": 1}))["kl"] == pytest.approx(math.log(1e12), rel=1e-6)


def test_figures_without_an_artwork_are_left_out() -> None:
    found = scores(rows({"awe": 0.4, "fear": 0.4, "anger": 0.2}), rows({"awe": 1}))
    assert set(found) == {"artworks", "majority_artworks", "kl"}
    assert found["majority_artworks"] == 0
    assert set(scores(rows({"awe": 0.5, "fear": 0.3, "anger": 0.2}), rows({"awe": 1}))) == {
        *("artworks", "majority_artworks", "accuracy_half", "accuracy_unique", "kl")
    }


def test_confusion_of_artworks_where_half_agree() -> None:
    assert confusion(SHARES, GUESSES) == [
        ("awe", "awe"),
        ("fear", "sadness"),
        ("anger", "disgust"),
        ("something else", "awe"),
    ]
