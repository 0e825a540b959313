"""Words of utterances as pieces of a language model, and back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from stages.common.errors import UserError
from stages.speaker.pieces import FIRST, Pieces
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK, Vocabulary
from tests.speaker.tiny_language_model import END, UNKNOWN, bytes_of, whole_words

CORPUS = ["the melancholic woman 's melancholic face", "a cold , cold sea", "melancholy and warm light"]


@pytest.fixture(scope="module")
def of_bytes() -> Pieces:
    tokenizer = bytes_of(CORPUS, size=280)
    return Pieces(tokenizer, tokenizer.token_to_id(END), None)


@pytest.fixture(scope="module")
def of_words() -> Pieces:
    tokenizer = whole_words(["a", "cold", "sea", "and"])
    return Pieces(tokenizer, tokenizer.token_to_id(END), tokenizer.token_to_id(UNKNOWN))


def test_ids_are_those_of_the_tokenizer_after_the_special_tokens(of_bytes: Pieces, of_words: Pieces) -> None:
    assert of_words.encode([["a", "cold", "sea"], ["sea"]]).tolist() == [
        [SOS, FIRST + 2, FIRST + 3, FIRST + 4, EOS],
        [SOS, FIRST + 4, EOS, PAD, PAD],
    ]
    expected = of_bytes.tokenizer.encode(" the woman").ids
    assert of_bytes.encode([["the", "woman"]])[0].tolist() == [SOS, *(FIRST + index for index in expected), EOS]
    assert len(of_bytes) == FIRST + 280
    assert len(of_words) == FIRST + 6


def test_unknown_pieces_are_unknown_words(of_words: Pieces) -> None:
    (row,) = of_words.encode([["a", "warm", "sea"]])
    assert row.tolist() == [SOS, FIRST + 2, UNK, FIRST + 4, EOS]
    assert of_words.decode(row) == "a <unk> sea"


words = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=6).filter(
    lambda word: not any(character.isspace() for character in word)
)


@given(st.lists(words, min_size=1, max_size=5))
def test_any_words_come_back(of_bytes: Pieces, said: list[str]) -> None:
    (row,) = of_bytes.encode([said])
    assert of_bytes.decode(row) == " ".join(said)
    spans = of_bytes.spans(row[1:-1].tolist())
    assert [word for word, _, _ in spans] == said
    # Each piece belongs to one word.
    assert [start for _, start, _ in spans] == [0, *(end for _, _, end in spans[:-1])]
    assert spans[-1][2] == len(row) - 2


def test_the_text_of_a_special_token_is_a_word_like_any_other(of_bytes: Pieces) -> None:
    said = ["the", END, "sea", "<pad>", "<unk>"]
    (row,) = of_bytes.encode([said])
    assert FIRST + of_bytes.end not in row
    assert of_bytes.decode(row) == " ".join(said)


def test_what_is_no_text_of_a_line_is_never_said(of_bytes: Pieces) -> None:
    texts = {of_bytes.texts[index] for index in of_bytes.special}
    assert END in texts
    assert "\u010a" in texts  # a line break, as byte-level BPE writes it
    assert not any(index + FIRST in of_bytes.special for index in of_bytes.encode([CORPUS[0].split()])[0])


def test_pieces_of_several_words_are_no_pieces_of_a_caption() -> None:
    tokenizer = Tokenizer(models.WordLevel({END: 0, "\u2581a": 1, "\u2581a\u2581sea": 2}, END))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(split=False), decoders.Metaspace()
    pieces = Pieces(tokenizer, 0, None)
    assert pieces.special == [0, 2]
    with pytest.raises(UserError, match=r"writes 'asea' as one piece, but a speaker needs pieces of single words"):
        pieces.encode([["a", "sea"]])


def test_an_empty_caption_and_a_lone_space(of_bytes: Pieces) -> None:
    assert of_bytes.decode([]) == ""
    assert of_bytes.spans([]) == []
    space = FIRST + of_bytes.tokenizer.token_to_id("\u0120")
    (row,) = of_bytes.encode([["sea"]])
    assert of_bytes.decode([*row[1:-1], space]) == "sea"


def test_a_table_gives_as_many_words_as_it_has_ids_of(of_bytes: Pieces) -> None:
    """Long utterances are cut at the longest that the study learns from."""
    tokens = [CORPUS[0].split(), ["sea"]]
    encoded = [Vocabulary(["<pad>", "<sos>", "<eos>", "<unk>"]).encode(words, 3) for words in tokens]
    table = pd.DataFrame({"tokens": tokens, "tokens_encoded": [np.array(ids) for ids in encoded]})
    rows = of_bytes.encoded(table)
    assert [of_bytes.decode(row) for row in rows] == ["the melancholic woman", "sea"]


def test_saved_and_loaded(tmp_path: Path, of_bytes: Pieces) -> None:
    of_bytes.save(tmp_path / "vocabulary.json")
    again = Pieces.load(tmp_path / "vocabulary.json")
    said = [text.split() for text in CORPUS]
    assert np.array_equal(again.encode(said), of_bytes.encode(said))
    assert (again.end, again.unknown, again.special) == (of_bytes.end, None, of_bytes.special)


def test_a_file_of_words_is_no_file_of_pieces(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    Vocabulary(["<pad>", "<sos>", "<eos>", "<unk>", "sea"]).save(path)
    with pytest.raises(
        UserError, match=r"vocabulary.json: not the pieces of a language model .*train the speaker again"
    ):
        Pieces.load(path)


def test_a_tokenizer_must_tell_where_words_begin() -> None:
    tokenizer = Tokenizer(models.WordLevel({END: 0, "a": 1}, END))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(UserError, match="does not mark where words begin"):
        Pieces(tokenizer, 0, None)
