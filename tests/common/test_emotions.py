"""Emotion labels in the order of ArtEmis; majority rules and entropy on counts with obvious results."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy

from stages.common.emotions import (
    ARTEMIS,
    DEFINITIONS,
    NO_MAJORITY,
    Emotions,
    at_least_half,
    at_least_half_untied,
    entropy,
    largest_untied,
    more_than_half,
    require_same,
)
from stages.common.errors import UserError

AWE, FEAR, SADNESS = ARTEMIS.ids["awe"], ARTEMIS.ids["fear"], ARTEMIS.ids["sadness"]


def test_order_and_polarity() -> None:
    assert [ARTEMIS.ids[emotion] for emotion in ARTEMIS] == list(range(9))
    assert ARTEMIS.ids["amusement"] == 0
    assert ARTEMIS.ids["something else"] == 8
    assert list(ARTEMIS.polarities.values()) == ["positive"] * 4 + ["negative"] * 4 + ["else"]
    assert ARTEMIS.polarity_ids.tolist() == [0] * 4 + [1] * 4 + [2]
    assert ARTEMIS.of_polarity("negative", "else") == ("anger", "disgust", "fear", "sadness", "something else")


def test_a_data_set_without_emotions_is_false() -> None:
    assert ARTEMIS
    assert not Emotions({})


def test_labels_of_a_classifier_must_be_those_of_its_user() -> None:
    require_same(["a", "b"], ("a", "b"), "data/x", "the data set")
    with pytest.raises(
        UserError, match=r"data/x: predicts b, a, but the data set has a, b; train both on one data set"
    ):
        require_same(["b", "a"], ("a", "b"), "data/x", "the data set")


def votes(**given_votes: int) -> np.ndarray:
    row = np.zeros((1, 9), np.int32)
    for emotion, count in given_votes.items():
        row[0, ARTEMIS.ids[emotion]] = count
    return row


@pytest.mark.parametrize(
    ("counts", "half", "untied_half", "more", "largest"),
    [
        (votes(awe=3, fear=2), AWE, AWE, AWE, AWE),
        (votes(awe=3, fear=2, sadness=1), AWE, AWE, NO_MAJORITY, AWE),  # half, not more
        (votes(fear=3, sadness=3), FEAR, NO_MAJORITY, NO_MAJORITY, NO_MAJORITY),  # two halves
        # The largest has less than half.
        (votes(awe=2, fear=1, sadness=1, anger=1), NO_MAJORITY, NO_MAJORITY, NO_MAJORITY, AWE),
        (votes(awe=2, fear=2, anger=1), NO_MAJORITY, NO_MAJORITY, NO_MAJORITY, NO_MAJORITY),
        (votes(sadness=5), SADNESS, SADNESS, SADNESS, SADNESS),
    ],
)
def test_majority_rules(counts: np.ndarray, half: int, untied_half: int, more: int, largest: int) -> None:
    assert at_least_half(counts).tolist() == [half]
    assert at_least_half_untied(counts).tolist() == [untied_half]
    assert more_than_half(counts).tolist() == [more]
    assert largest_untied(counts).tolist() == [largest]


def test_entropy_in_nats() -> None:
    # Votes 2, 1, 1, 1: the reference's plots show the entropy 1.332.
    assert entropy(votes(awe=2, fear=1, sadness=1, anger=1))[0] == pytest.approx(1.332, abs=5e-4)
    assert entropy(votes(awe=7)).tolist() == [0.0]
    assert entropy(np.ones((1, 9), np.int32))[0] == pytest.approx(math.log(9))


@given(st.lists(st.integers(0, 50), min_size=9, max_size=9).filter(any))
def test_stricter_rules_imply_looser_ones(row: list[int]) -> None:
    counts = np.array([row])
    half, untied_half, more, largest = (winner(counts)[0] for winner in DEFINITIONS.values())
    assert more == NO_MAJORITY or more == untied_half == half == largest
    assert untied_half == NO_MAJORITY or untied_half == half == largest
    assert half == NO_MAJORITY or counts[0, half] == max(row)
    assert entropy(counts)[0] == pytest.approx(scipy_entropy(row), abs=1e-12)
