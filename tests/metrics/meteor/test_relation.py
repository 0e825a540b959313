"""Related items of pairs of texts, against a search through all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.metrics.meteor import relation
from stages.metrics.meteor.ragged import starts_of
from stages.metrics.meteor.relation import Items, Relation, sharing

COUNT = 6
numbers = st.integers(0, COUNT - 1)


def items(texts: list[list[int]]) -> Items:
    flat = np.array([item for text in texts for item in text], np.int64)
    return Items(flat, starts_of(np.array(list(map(len, texts)), np.int64)))


@given(
    st.dictionaries(st.tuples(numbers, numbers), st.integers(1, 7)),
    st.lists(st.lists(numbers, max_size=5), min_size=1, max_size=4),
    st.lists(st.lists(numbers, max_size=5), min_size=1, max_size=4),
    st.sampled_from([1, 7, 1 << 18]),
)
def test_between(values: dict[tuple[int, int], int], one: list[list[int]], other: list[list[int]], cells: int) -> None:
    pairs = [(a, b) for a in range(len(one)) for b in range(len(other))]
    first, second = items(one), items(other)
    expected = [
        (pair, first.starts[a] + p, second.starts[b] + q, values[x, y])
        for pair, (a, b) in enumerate(pairs)
        for p, x in enumerate(one[a])
        for q, y in enumerate(other[b])
        if (x, y) in values
    ]
    keys = np.array([x * COUNT + y for x, y in values], np.int64)
    related = Relation(keys, np.array(list(values.values()), np.int64), COUNT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relation, "CELLS", cells)
        found = related.between(first, second, *np.array(pairs).T)
    assert list(zip(found.pair, found.one, found.other, found.value, strict=True)) == expected


@given(st.lists(st.tuples(numbers, st.integers(0, 3))))
def test_sharing(memberships: list[tuple[int, int]]) -> None:
    owners, groups = np.array(memberships, np.int64).reshape(-1, 2).T
    expected = {a * COUNT + b for a, group in memberships for b, other in memberships if group == other}
    assert sharing(owners, groups, COUNT).tolist() == sorted(expected)
