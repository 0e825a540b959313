"""Scores by emotion, calibration and the hardest test cases, against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import precision_recall_fscore_support

from stages.classifiers_report.figures import (
    calibration,
    hardest_artworks,
    hardest_utterances,
    macro_f1,
    scores_by_emotion,
    uncalibrated,
)
from stages.common.emotions import ARTEMIS
from stages.learning.predictions import calibrated


def counts(**cells: int) -> np.ndarray:
    """A confusion matrix from `c<label><prediction>=count`, by the ids of the emotions."""
    matrix = np.zeros((9, 9), np.int64)
    for cell, count in cells.items():
        matrix[int(cell[1]), int(cell[2])] = count
    return matrix


def test_scores_of_each_emotion() -> None:
    scores = scores_by_emotion(counts(c00=3, c01=1, c10=2, c23=4), ARTEMIS)
    assert scores["amusement"] == {"rows": 4, "precision": 0.6, "recall": 0.75, "f1": pytest.approx(2 / 3)}
    assert scores["awe"] == {"rows": 2, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    # Never predicted; predicted, but without rows; neither.
    assert scores["contentment"] == {"rows": 4, "precision": None, "recall": 0.0, "f1": 0.0}
    assert scores["excitement"] == {"rows": 0, "precision": 0.0, "recall": None, "f1": 0.0}
    assert scores["anger"] == {"rows": 0, "precision": None, "recall": None, "f1": None}
    assert macro_f1(scores) == pytest.approx(2 / 9)
    assert macro_f1(scores_by_emotion(counts(), ARTEMIS)) is None


@given(arrays(np.int64, (9, 9), elements=st.integers(0, 3)))
def test_scores_by_emotion_equal_scikit_learn(matrix: np.ndarray) -> None:
    labels, predictions = (np.repeat(index.ravel(), matrix.ravel()) for index in np.indices((9, 9)))
    if not len(labels):
        return
    expected = precision_recall_fscore_support(labels, predictions, labels=np.arange(9), zero_division=np.nan)
    scores = scores_by_emotion(matrix, ARTEMIS).values()
    actual = [[score[name] for score in scores] for name in ("precision", "recall", "f1", "rows")]
    np.testing.assert_allclose(np.array(actual, float), np.array(expected, float))


@given(st.floats(0.25, 20), st.integers(0, 100))
def test_uncalibrated_undoes_the_temperature(temperature: float, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(size=(20, 9))
    before = uncalibrated(calibrated(logits, temperature), temperature)
    np.testing.assert_allclose(before, calibrated(logits, 1.0), atol=1e-4)


def test_zero_probabilities_stay_zero() -> None:
    assert uncalibrated(np.array([[1.0, 0.0]]), 2).tolist() == [[1, 0]]


def test_calibration_before_and_after() -> None:
    # Odds of 81 to 1 before, of 3 to 1 after a temperature of 4; three of four predictions are correct.
    after = np.array([[0.75, 0.25]] * 4, np.float32)
    figures = calibration(after, np.eye(2)[[0, 0, 0, 1]], 4.0)
    assert figures["temperature"] == 4
    assert figures["after"]["error"] == pytest.approx(0)
    assert figures["after"]["cross_entropy"] == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    assert figures["before"]["confidence"] == pytest.approx(81 / 82)
    assert figures["before"]["accuracy"] == 0.75
    assert figures["before"]["error"] == pytest.approx(81 / 82 - 0.75)
    assert figures["after"]["bins"] == [{"rows": 4, "confidence": 0.75, "accuracy": 0.75}]
    mixed = calibration(after, np.eye(2)[[0, 0, 0, 1]], 4.0, mixed=True)
    assert mixed == {"temperature": 4, "after": figures["after"]}


def probabilities(*rows: dict[str, float]) -> np.ndarray:
    return np.array([[row.get(emotion, 0) for emotion in ARTEMIS] for row in rows], np.float32)


def test_hardest_utterances_are_the_most_confident_errors() -> None:
    rows = pd.DataFrame({"art_style": "A", "painting": "x", "emotion": ["awe", "fear", "awe", "awe"]})
    rows = rows.assign(utterance=list("abcd"), split="test")
    predicted = probabilities({"awe": 1}, {"awe": 0.75, "fear": 0.25}, {"fear": 0.75}, {"anger": 0.875, "awe": 0.125})
    hardest = hardest_utterances(rows, predicted, ARTEMIS, 5)
    assert [row["utterance"] for row in hardest] == ["d", "b", "c"]
    assert hardest[0] == {
        "art_style": "A",
        "painting": "x",
        "emotion": "awe",
        "utterance": "d",
        "guess": "anger",
        "confidence": 0.875,
        "of_emotion": 0.125,
    }
    assert [row["utterance"] for row in hardest_utterances(rows, predicted, ARTEMIS, 1)] == ["d"]
    assert hardest_utterances(rows[:1], predicted[:1], ARTEMIS, 5) == []


def test_hardest_artworks_have_the_largest_divergence() -> None:
    rows = pd.DataFrame({"art_style": "A", "painting": ["even", "far", "impossible"], "split": "test"})
    votes = np.array([[1, 1, *[0] * 7], [4, 0, *[0] * 7], [0, 0, 3, *[0] * 6]])
    hardest = hardest_artworks(rows, votes, probabilities(*[{"amusement": 0.5, "awe": 0.5}] * 3), ARTEMIS, 3)
    assert [artwork["painting"] for artwork in hardest] == ["impossible", "far", "even"]
    divergences = [artwork["divergence"] for artwork in hardest]
    assert divergences == pytest.approx([-np.log(1e-12), np.log(2), 0], abs=1e-6)
    assert hardest[1]["people"]["amusement"] == 1
    assert hardest[1]["classifier"]["awe"] == 0.5
    assert [artwork["annotators"] for artwork in hardest] == [3, 4, 2]
