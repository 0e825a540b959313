"""Vocabulary and ids of a table, compared with a plain implementation; padding."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.files import write_parquet
from stages.text_classifier.interface import padded
from stages.text_classifier.reader import WordReader, Words
from stages.utterances.vocabulary import SPECIALS

texts = st.lists(st.lists(st.sampled_from(["a", "grey", "sea", "boat", "é"]), max_size=5), min_size=1, max_size=9)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return tmp_path_factory.mktemp("words") / "utterances.parquet"


def words_of(utterances, table):
    write_parquet(pa.table({"tokens": pa.array(utterances, pa.list_(pa.string()))}), table)
    return Words.read(table)


@given(texts, st.integers(1, 3), st.integers(0, 9))
def test_vocabulary_and_ids_equal_the_plain_implementation(table, utterances, min_count, trained):
    words = words_of(utterances, table)
    rows = np.arange(len(utterances)) < trained
    vocabulary = words.vocabulary(rows, min_count)
    counts = Counter(word for utterance in utterances[:trained] for word in utterance)
    assert vocabulary.words == [*SPECIALS, *(word for word, count in counts.items() if count >= min_count)]
    ids, lengths = words.encode(vocabulary)
    plain, plain_lengths = padded(WordReader(vocabulary).read(utterances), 0)
    np.testing.assert_array_equal(ids, plain)
    np.testing.assert_array_equal(lengths, plain_lengths)


def test_padded_rows_of_any_length():
    ids, lengths = padded([[4], [5, 6, 7]], 9)
    assert ids.tolist() == [[4, 9, 9], [5, 6, 7]]
    assert lengths.tolist() == [1, 3]
    assert padded([], 0)[0].shape == (0, 1)
