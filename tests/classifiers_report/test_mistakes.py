"""Scores by emotion and the hardest cases, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import precision_recall_fscore_support

from stages.classifiers_report.mistakes import by_emotion, hardest_artworks, hardest_utterances, macro_f1
from stages.common.emotions import EMOTIONS


def counts(**cells: int) -> np.ndarray:
    """A matrix from `actual_predicted=count`, by the numbers of the emotions."""
    matrix = np.zeros((9, 9), np.int64)
    for cell, count in cells.items():
        matrix[int(cell[1]), int(cell[2])] = count
    return matrix


def test_scores_of_each_emotion() -> None:
    found = by_emotion(counts(c00=3, c01=1, c10=2, c23=4))
    assert found["amusement"] == {"rows": 4, "precision": 0.6, "recall": 0.75, "f1": pytest.approx(2 / 3)}
    assert found["awe"] == {"rows": 2, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    # Never guessed; guessed, but never there; neither.
    assert found["contentment"] == {"rows": 4, "precision": None, "recall": 0.0, "f1": 0.0}
    assert found["excitement"] == {"rows": 0, "precision": 0.0, "recall": None, "f1": 0.0}
    assert found["anger"] == {"rows": 0, "precision": None, "recall": None, "f1": None}
    assert macro_f1(found) == pytest.approx(2 / 9)
    assert macro_f1(by_emotion(counts())) is None


@given(arrays(np.int64, (9, 9), elements=st.integers(0, 3)))
def test_scores_are_those_of_scikit_learn(matrix: np.ndarray) -> None:
    actual, predicted = (np.repeat(index.ravel(), matrix.ravel()) for index in np.indices((9, 9)))
    if not len(actual):
        return
    theirs = precision_recall_fscore_support(actual, predicted, labels=np.arange(9), zero_division=np.nan)
    ours = [[own[name] for own in by_emotion(matrix).values()] for name in ("precision", "recall", "f1", "rows")]
    np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float))


def probabilities(*rows: dict[str, float]) -> np.ndarray:
    return np.array([[row.get(emotion, 0) for emotion in EMOTIONS] for row in rows], np.float32)


def test_the_most_confidently_wrong_come_first_and_the_right_ones_not_at_all() -> None:
    rows = pd.DataFrame({"art_style": "A", "painting": "x", "emotion": ["awe", "fear", "awe", "awe"]})
    rows = rows.assign(utterance=list("abcd"), split="test")
    said = probabilities({"awe": 1}, {"awe": 0.75, "fear": 0.25}, {"fear": 0.75}, {"anger": 0.875, "awe": 0.125})
    found = hardest_utterances(rows, said, 5)
    assert [one["utterance"] for one in found] == ["d", "b", "c"]
    assert found[0] == {
        "art_style": "A",
        "painting": "x",
        "emotion": "awe",
        "utterance": "d",
        "guess": "anger",
        "confidence": 0.875,
        "of_emotion": 0.125,
    }
    assert [one["utterance"] for one in hardest_utterances(rows, said, 1)] == ["d"]
    assert hardest_utterances(rows[:1], said[:1], 5) == []


def test_artworks_are_ranked_by_their_divergence() -> None:
    rows = pd.DataFrame({"art_style": "A", "painting": ["even", "far", "impossible"], "split": "test"})
    votes = np.array([[1, 1, *[0] * 7], [4, 0, *[0] * 7], [0, 0, 3, *[0] * 6]])
    said = probabilities(*[{"amusement": 0.5, "awe": 0.5}] * 3)
    found = hardest_artworks(rows, votes, said, 3)
    assert [one["painting"] for one in found] == ["impossible", "far", "even"]
    assert [one["divergence"] for one in found] == pytest.approx([-np.log(1e-12), np.log(2), 0], abs=1e-6)
    assert found[1]["people"]["amusement"] == 1
    assert found[1]["classifier"]["awe"] == 0.5
    assert [one["annotators"] for one in found] == [3, 4, 2]
