"""The mixture of network and baseline."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from stages.learning.predictions import fit_temperature, one_hot
from stages.text_classifier.mixture import FLOOR, UNCALIBRATED, Mixture, fit

seeds = st.integers(0, 2**32 - 1)


def made_up(seed: int, rows: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits (N, 4), probabilities of a baseline (N, 4) and labels (N,) to which both point."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, rows)
    logits, others = (random.normal(0, 1, (rows, 4)) + one_hot(labels, 4) for _ in range(2))
    return logits, softmax(others, axis=1), labels


def loss(mixture: Mixture, logits: np.ndarray, baseline: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(mixture(logits, baseline)[np.arange(len(labels)), labels]).mean())


@given(seeds)
def test_no_other_mixture_has_a_lower_cross_entropy(seed: int) -> None:
    logits, baseline, labels = made_up(seed)
    best = fit(logits, labels, baseline)
    least = loss(best, logits, baseline, labels)
    for temperature, weight in ((0.9, 1), (1.1, 1), (1, 0.9), (1, 1.1)):
        other = Mixture(best.temperature * temperature, best.weight * weight)
        assert least <= loss(other, logits, baseline, labels) + 1e-5
    assert least <= loss(fit(logits, labels), logits, baseline, labels) + 1e-5


@given(seeds)
def test_without_a_baseline_it_is_a_temperature(seed: int) -> None:
    logits, baseline, labels = made_up(seed)
    alone = fit(logits, labels)
    assert alone == (fit_temperature(logits, one_hot(labels, 4)), 0)
    np.testing.assert_allclose(alone(logits), softmax(logits / alone.temperature, axis=1), rtol=1e-5)
    np.testing.assert_array_equal(alone(logits, baseline), alone(logits))


def test_a_baseline_of_chance_gets_no_weight_and_a_network_of_chance_a_high_temperature() -> None:
    logits, baseline, labels = made_up(1, rows=2000)
    random = np.random.default_rng(2)
    useless = softmax(random.normal(0, 1, logits.shape), axis=1)
    assert fit(logits, labels, useless).weight < 0.05
    assert fit(random.normal(0, 1, logits.shape), labels, baseline).temperature > 10


def test_an_emotion_that_the_baseline_has_never_seen_is_unlikely_but_possible() -> None:
    mixed = Mixture(1.0, 1.0)(np.zeros((1, 2)), np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(mixed, [[1 / (1 + FLOOR), FLOOR / (1 + FLOOR)]], rtol=1e-4)


def test_without_rows_the_network_is_not_calibrated() -> None:
    none = np.zeros((0, 4))
    assert fit(none, np.zeros(0, int), none) == UNCALIBRATED
    np.testing.assert_allclose(UNCALIBRATED(np.eye(4)), np.exp(log_softmax(np.eye(4), axis=1)), rtol=1e-6)


def test_perfect_rows_give_finite_numbers() -> None:
    sure = one_hot(np.arange(4), 4) * 50
    mixed = fit(sure, np.arange(4), softmax(sure, axis=1))
    assert np.isfinite(mixed).all()
    assert mixed(sure, softmax(sure, axis=1)).argmax(1).tolist() == [0, 1, 2, 3]
    assert pytest.approx(1) == mixed(sure, softmax(sure, axis=1)).max(1)
