"""Vocabulary and ids of a table, compared with a plain implementation; padding."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stages.common.files import write_parquet
from stages.text_classifier.interface import padded
from stages.text_classifier.reader import WordReader, Words
from stages.text_classifier.word_parts import WordParts, shared_parts
from stages.utterances.vocabulary import EOS, PAD, SPECIALS, UNK, Vocabulary

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
    plain, lengths = padded([[vocabulary.ids.get(word, UNK) for word in row] or [EOS] for row in utterances], PAD)
    reader, labels = WordReader(vocabulary), np.arange(len(utterances))
    for examples in (reader.encode(words, labels), reader.read(utterances, labels)):
        np.testing.assert_array_equal(examples.ids, plain)
        np.testing.assert_array_equal(examples.lengths, lengths)
        assert examples.labels.tolist() == labels.tolist()
        assert examples.lexicon is None


@given(texts)
def test_parts_are_read_beside_the_same_words(utterances):
    vocabulary, labels = Vocabulary([*SPECIALS, "a", "sea", "é"]), np.zeros(len(utterances))
    plain = WordReader(vocabulary).read(utterances, labels)
    examples = WordReader(vocabulary, ["sea", " se", "oat", "at "]).read(utterances, labels)
    lexicon = examples.lexicon
    assert torch.equal(lexicon.words[examples.ids.long()], plain.ids.long())
    assert torch.equal(examples.lengths, plain.lengths)
    parts = {"sea": {0, 1}, "boat": {2, 3}}
    for row, words in zip(examples.ids.tolist(), utterances, strict=True):
        for word, number in zip(words, row, strict=False):
            found = lexicon.parts[lexicon.starts[number] : lexicon.starts[number + 1]].tolist()
            assert set(found) == parts.get(word, set())


def test_parts_that_three_words_share():
    assert shared_parts(["sea", "seaside", "seal", "seen", "banana"]) == [" se", " sea", "sea"]
    assert shared_parts(["sea", "seaside"]) == []
    assert shared_parts([]) == []
    assert WordParts([]).of(["sea"]).shape == (1, 0)
    assert WordParts(["sea"]).of([]).shape == (0, 1)


def test_padded_rows_of_any_length():
    ids, lengths = padded([[4], [5, 6, 7]], 9)
    assert ids.tolist() == [[4, 9, 9], [5, 6, 7]]
    assert lengths.tolist() == [1, 3]
    assert padded([], 0)[0].shape == (0, 1)
