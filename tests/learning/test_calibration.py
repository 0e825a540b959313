"""Calibration against known temperatures and errors computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from stages.learning.predictions import (
    calibrated,
    cross_entropy,
    expected_calibration_error,
    fit_temperature,
    reliability,
)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_of_the_targets_is_recovered(temperature):
    # The targets are the exact distribution at that temperature.
    logits = np.random.default_rng(0).normal(size=(50, 9)) * 3
    assert fit_temperature(logits, softmax(logits / temperature, 1)) == pytest.approx(temperature, rel=1e-4)


def test_an_overconfident_classifier_gets_the_confidence_of_its_accuracy():
    # Class 0 always has odds of e^4, and is correct three times in four: calibrated odds are 3.
    logits = np.tile([4.0, 0.0], (8, 1))
    targets = np.eye(2)[[0, 0, 0, 1] * 2]
    temperature = fit_temperature(logits, targets)
    assert temperature == pytest.approx(4 / np.log(3), rel=1e-4)
    assert calibrated(logits, temperature)[0] == pytest.approx([0.75, 0.25], rel=1e-4)
    assert expected_calibration_error(calibrated(logits, temperature), targets) == pytest.approx(0, abs=1e-4)


def test_temperatures_stay_within_bounds():
    assert fit_temperature(np.zeros((0, 9)), np.zeros((0, 9))) == 1
    assert fit_temperature(np.array([[1.0, 0.0]]), np.array([[1, 0]])) == pytest.approx(0.05, rel=1e-3)


def test_cross_entropy_ignores_classes_without_share():
    logits = np.log([[0.5, 0.5, 1e-300]])
    logits[0, 2] = -np.inf
    assert cross_entropy(logits, np.array([[1, 0, 0]])) == pytest.approx(np.log(2))
    assert cross_entropy(logits, np.array([[0.5, 0.5, 0]])) == pytest.approx(np.log(2))


def test_calibration_error_by_hand():
    # Two rows at 0.9, one correct; two at 0.6, both correct: (2 * |0.5 - 0.9| + 2 * |1 - 0.6|) / 4.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    targets = np.eye(2)[[0, 1, 1, 1]]
    assert expected_calibration_error(probabilities, targets) == pytest.approx(0.4)
    bins = reliability(probabilities, targets, bins=5)
    assert bins.rows.tolist() == [0, 0, 2, 0, 2]
    assert bins.confidence == pytest.approx([0, 0, 1.2, 0, 1.8])
    assert bins.correct.tolist() == [0, 0, 2, 0, 1]
    # With shares as targets, a prediction is as correct as its share.
    assert expected_calibration_error(probabilities, probabilities) == 0


@given(st.integers(1, 40), st.integers(0, 1000))
def test_one_bin_gives_a_lower_bound_of_the_error(rows, seed):
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(9), rows)
    targets = np.eye(9)[generator.integers(0, 9, rows)]
    error = expected_calibration_error(probabilities, targets)
    assert 0 <= error <= 1
    predicted = probabilities.argmax(1)
    single = abs((targets[np.arange(rows), predicted] - probabilities.max(1)).mean())
    assert expected_calibration_error(probabilities, targets, bins=1) == pytest.approx(single)
    assert error >= single - 1e-9
