"""Calibration with and without the temperature, on numbers whose answers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.classifiers_report.mistakes import calibration, uncalibrated
from stages.learning.calibration import calibrated


@given(st.floats(0.25, 20), st.integers(0, 100))
def test_the_temperature_is_taken_back(temperature: float, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(size=(20, 9))
    before = uncalibrated(calibrated(logits, temperature), temperature)
    np.testing.assert_allclose(before, calibrated(logits, 1.0), atol=1e-4)


def test_impossible_classes_stay_so() -> None:
    assert uncalibrated(np.array([[1.0, 0.0]]), 2).tolist() == [[1, 0]]


def test_before_and_after() -> None:
    # Sure by odds of 81 to 1, of 3 to 1 after a temperature of 4, and right three times in four.
    after = np.array([[0.75, 0.25]] * 4, np.float32)
    told = calibration(after, np.eye(2)[[0, 0, 0, 1]], 4.0)
    assert told["temperature"] == 4
    assert told["after"]["error"] == pytest.approx(0)
    assert told["after"]["cross_entropy"] == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    assert told["before"]["confidence"] == pytest.approx(81 / 82)
    assert told["before"]["accuracy"] == 0.75
    assert told["before"]["error"] == pytest.approx(81 / 82 - 0.75)
    assert told["after"]["bins"] == [{"rows": 4, "confidence": 0.75, "accuracy": 0.75}]
