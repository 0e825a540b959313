"""Nearest neighbours, compared with a plain search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.neighbor_captions import __main__
from stages.neighbor_captions.__main__ import nearest, standardised


def plain(queries: np.ndarray, training: np.ndarray, same_picture: float) -> tuple[list[int], list[float]]:
    """Every distance, one by one; the first one of a tie."""
    found = []
    for query in queries.astype(float):
        distances = [float(np.sqrt(((query - row) ** 2).sum())) for row in training.astype(float)]
        found.append(min((d, i) for i, d in enumerate(distances) if d > same_picture))
    return [i for _, i in found], [d for d, _ in found]


@given(seed=st.integers(0, 2**32 - 1), queries=st.integers(1, 9), training=st.integers(1, 60), same=st.floats(0, 0.3))
def test_equals_a_plain_search(seed: int, queries: int, training: int, same: float) -> None:
    rng = np.random.default_rng(seed)
    many, few = rng.normal(size=(training, 5)).astype(np.float32), rng.normal(size=(queries, 5)).astype(np.float32)
    many[0] = 9  # so that one is far enough
    index, distance = nearest(few, many, same)
    expected = plain(few, many, same)
    assert index.tolist() == expected[0]
    np.testing.assert_allclose(distance, expected[1], rtol=1e-9)


@given(
    queries=st.lists(st.tuples(*[st.integers(0, 2)] * 2), min_size=1, max_size=4),
    training=st.lists(st.tuples(*[st.integers(0, 2)] * 2), min_size=1, max_size=15),
)
def test_the_first_one_of_a_tie(queries: list[tuple[int, int]], training: list[tuple[int, int]]) -> None:
    few, many = np.array(queries), np.array([(9, 9), *training])
    index, distance = nearest(few, many, 0.0)
    assert (index.tolist(), distance.tolist()) == plain(few, many, 0.0)


def test_by_hand() -> None:
    training = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    index, distance = nearest(np.array([[6.0, 7.0], [0.0, 0.0]]), training, 0.0)
    # The second query is the first picture, which is skipped.
    assert index.tolist() == [2, 1]
    assert distance.tolist() == [1.0, 5.0]


@pytest.mark.parametrize(("same", "index", "distance"), [(0.0, 1, 0.5), (0.5, 2, 1.0), (0.9, 2, 1.0), (1.0, 3, 2.0)])
def test_same_pictures_are_skipped(same: float, index: int, distance: float) -> None:
    found = nearest(np.array([[0.0]]), np.array([[0.0], [0.5], [1.0], [2.0]]), same)
    assert (found[0].tolist(), found[1].tolist()) == ([index], [distance])


def test_if_all_are_the_same_picture_the_farthest_is_taken() -> None:
    index, distance = nearest(np.array([[0.0]]), np.array([[0.1], [-0.3], [0.2]]), 1.0)
    assert index.tolist() == [1]
    assert distance.tolist() == pytest.approx([0.3])
    assert nearest(np.zeros((1, 2)), np.zeros((40, 2)), 0.0)[1].tolist() == [0.0]


def test_rounding_does_not_hide_an_exact_copy() -> None:
    # Far from the origin, errors of float32 products exceed these distances.
    training = np.float32([[4096.0, 4096.0], [4096.0, 4096.001], [4097.0, 4096.0]])
    index, distance = nearest(training[:1], training, 0.0)
    assert index.tolist() == [1]
    assert distance[0] == pytest.approx(float(training[1, 1]) - 4096.0, rel=1e-9)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    queries, training = rng.normal(size=(23, 4)), rng.normal(size=(50, 4))
    whole = nearest(queries, training, 0.0)
    monkeypatch.setattr(__main__, "BLOCK", 5)
    monkeypatch.setattr(__main__, "ROWS", 7)
    parts = nearest(queries, training, 0.0)
    np.testing.assert_array_equal(parts[0], whole[0])
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-9)


def test_many_copies_do_not_hide_the_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    # More copies than candidates, in one block of training rows and over several.
    training = np.zeros((50, 2))
    training[44] = 3, 4
    for rows in (100, 20):
        monkeypatch.setattr(__main__, "ROWS", rows)
        index, distance = nearest(np.zeros((1, 2)), training, 0.0)
        assert (index.tolist(), distance.tolist()) == ([44], [5.0])


def test_standardised_features_count_equally() -> None:
    rng = np.random.default_rng(2)
    training = rng.normal([5, -3, 7], [100, 1, 0], (200, 3)).astype(np.float32)
    queries, scaled = standardised(training[:9] + 1, training)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(0), [1, 1, 0], rtol=1e-4)
    np.testing.assert_allclose((queries - scaled[:9])[:, :2], [1 / training.std(0)[:2]] * 9, rtol=1e-2)
    assert not queries[:, 2].any()
