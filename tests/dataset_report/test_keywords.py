"""Keywords: the formula of Monroe et al. by hand, and properties of the ranking."""

from math import log, sqrt

import numpy as np
import pytest

from stages.dataset_report.statistics import PRIOR, keywords, word_counts, z_scores


def test_words_are_counted_by_label() -> None:
    counts = word_counts(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1]), vocabulary=4, kinds=2)
    assert counts.tolist() == [[1, 1, 0, 0], [0, 1, 1, 0]]


def test_the_formula_by_hand() -> None:
    counts = np.array([[8, 2], [2, 8]])
    # The prior of the first word: half of all words, so half of PRIOR.
    prior = 0.5 * PRIOR
    here, there = 8 + prior, 2 + prior
    ratio = log(here / (10 + PRIOR - here)) - log(there / (10 + PRIOR - there))
    assert z_scores(counts)[0, 0] == pytest.approx(ratio / sqrt(1 / here + 1 / there))
    assert z_scores(counts)[1, 0] == pytest.approx(-z_scores(counts)[0, 0])


def test_a_frequent_word_of_all_labels_is_no_keyword() -> None:
    #                  the  sad  glad rare
    counts = np.array([[900, 60, 2, 1], [900, 2, 60, 0]])
    sad, glad = keywords(counts, ["the", "sad", "glad", "rare"], limit=2)
    assert [keyword.word for keyword in sad] == ["sad", "rare"]
    assert glad[0].word == "glad"
    assert all(keyword.z < 0.5 for keyword in glad[1:])
    assert sad[0].count == 60
    # A word that occurs once does not precede one that occurs sixty times.
    assert sad[0].z > sad[1].z


def test_ties_are_alphabetical_and_unused_words_are_left_out() -> None:
    counts = np.array([[5, 5, 0, 5], [0, 0, 0, 30]])
    first, _ = keywords(counts, ["zebra", "ant", "never", "the"], limit=3)
    assert [keyword.word for keyword in first] == ["ant", "zebra"]
