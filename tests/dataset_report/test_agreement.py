"""Agreement: Krippendorff's example, the ends of the scale, and the chance level by enumeration."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dataset_report.agreement import alpha, alpha_by_group, at_random, pairwise

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units, nominal data
# with values missing; alpha is 0.743. The units' values 1 to 5, of which the last has only one observer.
UNITS = ["111", "2232", "3333", "3333", "2222", "1234", "4444", "1112", "2222", "555", "11", "3"]
NOMINAL = np.array([[unit.count(str(value)) for value in range(1, 6)] for unit in UNITS])


def test_krippendorffs_example() -> None:
    assert alpha(NOMINAL) == pytest.approx(0.743, abs=5e-4)


def test_all_agree_and_all_agree_on_one_label() -> None:
    assert alpha(np.array([[3, 0], [0, 3]])) == 1.0
    # Not defined without variation, and without two artworks of several votes.
    assert alpha(np.array([[3, 0], [3, 0]])) is None
    assert alpha(np.array([[1, 0], [0, 1]])) is None
    assert alpha(np.array([[2, 1], [0, 1]])) is None


def test_less_than_chance_is_below_zero() -> None:
    # Two units of one vote each way: observed disagreement is all there can be, 4; expected (16 - 8) / 3.
    assert alpha(np.array([[1, 1], [1, 1]])) == pytest.approx(1 - 4 / (8 / 3))


def test_pairs_of_annotators() -> None:
    # 1 of 3 pairs agrees, then all of them; a single vote has no pair.
    assert pairwise(np.array([[2, 1], [0, 3], [1, 0]])) == pytest.approx((1 / 3 + 1) / 2)
    assert pairwise(np.array([[1, 0]])) is None


def test_alpha_of_each_group() -> None:
    groups = alpha_by_group(np.array([[3, 0], [0, 3], [3, 0]]), pd.Series(["a", "a", "b"]))
    assert groups == {"a": 1.0, "b": None}


@given(st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any), st.integers(1, 6))
def test_the_chance_level_equals_the_sum_over_all_outcomes(totals: list[int], votes: int) -> None:
    shares = np.array(totals) / sum(totals)
    dominated = 0.0
    for outcome in itertools.product(range(3), repeat=votes):
        counts = np.bincount(outcome, minlength=3)
        dominated += np.prod(shares[list(outcome)]) * (2 * counts.max() >= votes)
    # Artworks of `votes` votes each, whose labels add up to `totals` times `votes`.
    chance = at_random(_artworks(totals, votes))
    assert chance["dominance"] == pytest.approx(dominated)
    assert chance["pairwise"] == pytest.approx((shares**2).sum())


def _artworks(totals: list[int], votes: int) -> np.ndarray:
    return np.array([np.eye(3, dtype=int)[label] * votes for label, n in enumerate(totals) for _ in range(n)])
