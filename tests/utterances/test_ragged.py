import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.utterances.tokenize import Ragged

LISTS = st.lists(st.lists(st.integers(0, 4)), min_size=5, max_size=9)


def lists(ragged):
    return [part.tolist() for part in np.split(ragged.values, ragged.offsets[1:-1])]


@given(LISTS, st.lists(st.integers(0, 4)))
def test_rows_are_taken(values, rows):
    taken = Ragged.of(values).take(np.array(rows, int))
    assert taken.lengths.tolist() == [len(values[row]) for row in rows]
    assert taken.values.tolist() == [value for row in rows for value in values[row]]


@given(LISTS, LISTS)
def test_values_become_lists(values, instead):
    replaced = Ragged.of(values).replace(Ragged.of(instead))
    assert lists(replaced) == [[new for value in one for new in instead[value]] for one in values]
