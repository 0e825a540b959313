import numpy as np

from stages.text_classifier.scores import confusion, scores

# awe, contentment, fear, something else
LABELS = np.array([1, 2, 6, 8])


def test_scores_by_hand():
    # Said: awe (right), anger (wrong polarity), disgust (right polarity), awe (for something else).
    probabilities = np.eye(9)[[1, 4, 5, 1]]
    assert scores(LABELS, probabilities) == {"accuracy": 1 / 4, "ternary": 2 / 4, "binary": 2 / 3}


def test_saying_something_else_is_wrong_where_the_annotator_took_a_side():
    assert scores(LABELS, np.eye(9)[[8, 8, 8, 8]]) == {"accuracy": 1 / 4, "ternary": 1 / 4, "binary": 0}


def test_binary_is_left_out_where_nobody_took_a_side():
    assert scores(np.array([8, 8]), np.eye(9)[[8, 1]]) == {"accuracy": 0.5, "ternary": 0.5}


def test_confusion_names_both():
    assert confusion(LABELS[:2], np.eye(9)[[1, 4]]) == [("awe", "awe"), ("contentment", "anger")]
