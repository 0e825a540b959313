"""The vocabulary."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.errors import UserError
from stages.utterances.vocabulary import Vocabulary

COUNTS = {"the": 2, "sea": 2, "a": 1, "calm": 2, "boat": 1}


def test_frequent_words_get_ids_in_their_order():
    assert Vocabulary.build(COUNTS, min_count=0).words[4:] == ["the", "sea", "a", "calm", "boat"]
    assert Vocabulary.build(COUNTS, min_count=2).ids["calm"] == 6
    assert len(Vocabulary.build(COUNTS, min_count=2)) == 7


def test_encoding_wraps_crops_and_pads():
    vocabulary = Vocabulary.build(COUNTS, min_count=2)
    assert vocabulary.encode(["the", "boat"], 4) == [1, 4, 3, 2, 0, 0]
    assert vocabulary.encode(["the", "sea", "calm"], 2) == [1, 4, 5, 2]
    assert vocabulary.decode([1, 4, 3, 2, 0, 0]) == "the <unk>"


@given(st.lists(st.text(st.characters(exclude_characters=" <"), min_size=1), max_size=12), st.integers(12, 20))
def test_decoding_undoes_encoding(tokens, max_len):
    vocabulary = Vocabulary.build(Counter(tokens), min_count=1)
    ids = vocabulary.encode(tokens, max_len)
    assert len(ids) == max_len + 2
    assert vocabulary.decode(ids) == " ".join(tokens)


def test_words_equal_to_special_tokens_get_no_second_id():
    assert Vocabulary.build({"<pad>": 1, "sea": 1}, min_count=1).words == ["<pad>", "<sos>", "<eos>", "<unk>", "sea"]


def test_the_file_holds_words_and_ids(tmp_path):
    path = tmp_path / "vocabulary.json"
    vocabulary = Vocabulary.build({"mélancolie": 1, "sea": 1}, min_count=1)
    vocabulary.save(path)
    assert '"mélancolie": 4' in path.read_text(encoding="utf-8")
    assert Vocabulary.load(path).words == vocabulary.words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"<pad>": 0, "<sos>": 1, "<eos>": 2, "<unk>": 3, "sea": 5}', "not 0, 1, 2"),
        ('{"sea": 0}', "starts with"),
        ('["sea"]', "not a vocabulary"),
    ],
)
def test_another_file_is_an_error(tmp_path, text, message):
    path = tmp_path / "vocabulary.json"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        Vocabulary.load(path)
