"""The figures of both classifiers, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from stages.common.emotions import EMOTIONS, NO_MAJORITY
from stages.learning.predictions import accuracies, auc, confusion, disagreement, one_hot, save_confusion

# awe, contentment, fear, something else
LABELS = np.array([1, 2, 6, 8])


def test_accuracies_by_hand():
    # Said: awe (right), anger (wrong polarity), disgust (right polarity), awe (for something else).
    said = one_hot(np.array([1, 4, 5, 1]))
    assert accuracies(LABELS, said) == {"accuracy": 1 / 4, "ternary": 2 / 4, "binary": 2 / 3}


def test_saying_something_else_is_wrong_where_people_took_a_side():
    assert accuracies(LABELS, one_hot(np.full(4, 8))) == {"accuracy": 1 / 4, "ternary": 1 / 4, "binary": 0}


def test_rows_without_a_majority_are_passed_over():
    labels = np.array([1, NO_MAJORITY, 2])
    assert accuracies(labels, one_hot(np.array([1, 5, 4]))) == {"accuracy": 0.5, "ternary": 0.5, "binary": 0.5}
    assert confusion(labels, one_hot(np.array([1, 5, 4]))).sum() == 2


def test_figures_without_a_row_are_left_out():
    assert accuracies(np.array([8, 8]), one_hot(np.array([8, 1]))) == {"accuracy": 0.5, "ternary": 0.5}
    assert accuracies(np.array([NO_MAJORITY]), one_hot(np.array([1]))) == {}


def test_auc_of_labels_is_scikit_learns_and_of_shares_counts_each_annotator():
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.ones(9), 40)
    labels = generator.integers(0, 8, 40)
    areas = auc(one_hot(labels), probabilities)
    assert list(areas) == list(EMOTIONS[:8])
    assert areas["fear"] == pytest.approx(roc_auc_score(labels == 6, probabilities[:, 6]))
    # Two annotators of one artwork, who differ, are as two rows of one each.
    shared = auc(np.array([[0.5, 0.5] + [0] * 7, [1.0] + [0] * 8]), probabilities[:2])
    apart = auc(one_hot(np.array([0, 1, 0, 0])), probabilities[[0, 0, 1, 1]])
    assert shared == pytest.approx(apart)


def test_the_two_likeliest_may_differ_in_polarity():
    # awe and contentment; awe and fear; awe and something else; anger and fear.
    rows = [[1, 2], [1, 6], [8, 1], [4, 6]]
    probabilities = np.stack([0.6 * one_hot(np.array(a)) + 0.4 * one_hot(np.array(b)) for a, b in rows])
    assert disagreement(probabilities) == {"positive_negative": 1 / 4, "any": 2 / 4}


def test_confusion_has_all_nine_however_few_occur(tmp_path):
    counts = confusion(np.array([1, 1, 1, 8]), one_hot(np.array([1, 1, 6, 8])))
    assert counts.shape == (9, 9)
    assert (counts[1, 1], counts[1, 6], counts[8, 8], counts.sum()) == (2, 1, 1, 4)
    save_confusion(counts, tmp_path / "confusion.csv")
    lines = (tmp_path / "confusion.csv").read_text().splitlines()
    assert lines[0] == "actual,predicted,count,share"
    assert len(lines) == 82
    assert "awe,awe,2,0.666667" in lines
    assert "anger,anger,0,0" in lines


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=50))
def test_accuracy_is_the_diagonal_of_the_confusion(pairs):
    labels, said = np.array(pairs).T
    counts = confusion(labels, one_hot(said))
    figures = accuracies(labels, one_hot(said))
    assert figures["accuracy"] == pytest.approx(np.trace(counts) / counts.sum())
    assert figures["accuracy"] <= figures["ternary"]
