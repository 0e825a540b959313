"""Calibration on numbers whose answers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from stages.learning.calibration import (
    calibrated,
    cross_entropy,
    expected_calibration_error,
    fit_temperature,
    reliability,
)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_answers_is_found(temperature):
    # The targets are the very distribution at that temperature, so that nothing is left to chance.
    logits = np.random.default_rng(0).normal(size=(50, 9)) * 3
    assert fit_temperature(logits, softmax(logits / temperature, 1)) == pytest.approx(temperature, rel=1e-4)


def test_an_overconfident_classifier_is_cooled_down_to_its_accuracy():
    # Always sure of class 0, by odds of e^4, and right three times in four: odds of 3 are honest.
    logits = np.tile([4.0, 0.0], (8, 1))
    targets = np.eye(2)[[0, 0, 0, 1] * 2]
    temperature = fit_temperature(logits, targets)
    assert temperature == pytest.approx(4 / np.log(3), rel=1e-4)
    assert calibrated(logits, temperature)[0] == pytest.approx([0.75, 0.25], rel=1e-4)
    assert expected_calibration_error(calibrated(logits, temperature), targets) == pytest.approx(0, abs=1e-4)


def test_no_rows_and_rows_that_are_all_right_stay_within_bounds():
    assert fit_temperature(np.zeros((0, 9)), np.zeros((0, 9))) == 1
    assert fit_temperature(np.array([[1.0, 0.0]]), np.array([[1, 0]])) == pytest.approx(0.05, rel=1e-3)


def test_cross_entropy_in_nats_passes_over_what_never_happens():
    logits = np.log([[0.5, 0.5, 1e-300]])
    logits[0, 2] = -np.inf
    assert cross_entropy(logits, np.array([[1, 0, 0]])) == pytest.approx(np.log(2))
    assert cross_entropy(logits, np.array([[0.5, 0.5, 0]])) == pytest.approx(np.log(2))


def test_calibration_error_by_hand():
    # Two rows at 0.9, one right; two at 0.6, both right: (2 * |0.5 - 0.9| + 2 * |1 - 0.6|) / 4.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    targets = np.eye(2)[[0, 1, 1, 1]]
    assert expected_calibration_error(probabilities, targets) == pytest.approx(0.4)
    bins = reliability(probabilities, targets, bins=5)
    assert bins.rows.tolist() == [0, 0, 2, 0, 2]
    assert bins.confidence == pytest.approx([0, 0, 1.2, 0, 1.8])
    assert bins.right.tolist() == [0, 0, 2, 0, 1]
    # Where people differ, a guess is as right as its share.
    assert expected_calibration_error(probabilities, probabilities) == 0


@given(st.integers(1, 40), st.integers(0, 1000))
def test_the_error_is_a_share_and_the_whole_classifier_its_own_bin(rows, seed):
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(9), rows)
    targets = np.eye(9)[generator.integers(0, 9, rows)]
    error = expected_calibration_error(probabilities, targets)
    assert 0 <= error <= 1
    guess = probabilities.argmax(1)
    whole = abs((targets[np.arange(rows), guess] - probabilities.max(1)).mean())
    assert expected_calibration_error(probabilities, targets, bins=1) == pytest.approx(whole)
    assert error >= whole - 1e-9
