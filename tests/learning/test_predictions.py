"""The table of probabilities, and the scores of both classifiers against values computed by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from stages.common.emotions import ARTEMIS, NO_MAJORITY
from stages.learning.predictions import (
    accuracies,
    auc,
    confusion,
    disagreement,
    load_probabilities,
    one_hot,
    save_confusion,
    save_probabilities,
)

# awe, contentment, fear, something else
LABELS = np.array([1, 2, 6, 8])


def test_round_trip_of_the_table(tmp_path):
    rows = pd.DataFrame({"art_style": ["Cubism", "Cubism"], "painting": ["a", "joaquã­n"], "split": ["val", "test"]})
    probabilities = np.random.default_rng(0).dirichlet(np.ones(9), 2).astype(np.float32)
    save_probabilities(rows, probabilities, ARTEMIS, tmp_path / "probabilities.parquet")
    read, values = load_probabilities(tmp_path / "probabilities.parquet")
    pd.testing.assert_frame_equal(read, rows)
    np.testing.assert_array_equal(values, probabilities)
    columns = pd.read_parquet(tmp_path / "probabilities.parquet").columns.tolist()
    assert columns[:4] == ["art_style", "painting", "split", "amusement"]
    assert columns[-1] == "something else"


def test_accuracies_by_hand():
    # Predicted: awe (correct), anger (wrong polarity), disgust (correct polarity), awe (for something else).
    predicted = one_hot(np.array([1, 4, 5, 1]), len(ARTEMIS))
    assert accuracies(LABELS, predicted, ARTEMIS) == {"accuracy": 1 / 4, "ternary": 2 / 4, "binary": 2 / 3}


def test_predicting_something_else_is_wrong_for_polar_labels():
    assert accuracies(LABELS, one_hot(np.full(4, 8), len(ARTEMIS)), ARTEMIS) == {
        "accuracy": 1 / 4,
        "ternary": 1 / 4,
        "binary": 0,
    }


def test_rows_without_a_majority_are_skipped():
    labels = np.array([1, NO_MAJORITY, 2])
    assert accuracies(labels, one_hot(np.array([1, 5, 4]), len(ARTEMIS)), ARTEMIS) == {
        "accuracy": 0.5,
        "ternary": 0.5,
        "binary": 0.5,
    }
    assert confusion(labels, one_hot(np.array([1, 5, 4]), len(ARTEMIS))).sum() == 2


def test_scores_without_rows_are_left_out():
    assert accuracies(np.array([8, 8]), one_hot(np.array([8, 1]), len(ARTEMIS)), ARTEMIS) == {
        "accuracy": 0.5,
        "ternary": 0.5,
    }
    assert accuracies(np.array([NO_MAJORITY]), one_hot(np.array([1]), len(ARTEMIS)), ARTEMIS) == {}


def test_auc_equals_scikit_learns_and_weights_annotators_equally():
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.ones(9), 40)
    labels = generator.integers(0, 8, 40)
    areas = auc(one_hot(labels, len(ARTEMIS)), probabilities, ARTEMIS)
    assert list(areas) == list(ARTEMIS.names[:8])
    assert areas["fear"] == pytest.approx(roc_auc_score(labels == 6, probabilities[:, 6]))
    # Two annotators of one artwork who disagree count as two rows.
    shared = auc(np.array([[0.5, 0.5] + [0] * 7, [1.0] + [0] * 8]), probabilities[:2], ARTEMIS)
    apart = auc(one_hot(np.array([0, 1, 0, 0]), len(ARTEMIS)), probabilities[[0, 0, 1, 1]], ARTEMIS)
    assert shared == pytest.approx(apart)


def test_disagreement_of_the_two_likeliest_in_polarity():
    # awe and contentment; awe and fear; awe and something else; anger and fear.
    rows = [[1, 2], [1, 6], [8, 1], [4, 6]]
    probabilities = np.stack(
        [0.6 * one_hot(np.array(a), len(ARTEMIS)) + 0.4 * one_hot(np.array(b), len(ARTEMIS)) for a, b in rows]
    )
    assert disagreement(probabilities, ARTEMIS) == {"positive_negative": 1 / 4, "any": 2 / 4}


def test_confusion_has_all_nine_emotions(tmp_path):
    counts = confusion(np.array([1, 1, 1, 8]), one_hot(np.array([1, 1, 6, 8]), len(ARTEMIS)))
    assert counts.shape == (9, 9)
    assert (counts[1, 1], counts[1, 6], counts[8, 8], counts.sum()) == (2, 1, 1, 4)
    save_confusion(counts, ARTEMIS, tmp_path / "confusion.csv")
    lines = (tmp_path / "confusion.csv").read_text().splitlines()
    assert lines[0] == "actual,predicted,count,share"
    assert len(lines) == 82
    assert "awe,awe,2,0.666667" in lines
    assert "anger,anger,0,0" in lines


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=50))
def test_accuracy_is_the_diagonal_of_the_confusion(pairs):
    labels, predicted = np.array(pairs).T
    counts = confusion(labels, one_hot(predicted, len(ARTEMIS)))
    scores = accuracies(labels, one_hot(predicted, len(ARTEMIS)), ARTEMIS)
    assert scores["accuracy"] == pytest.approx(np.trace(counts) / counts.sum())
    assert scores["accuracy"] <= scores["ternary"]
