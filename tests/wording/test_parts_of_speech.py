"""Codes of tags, and counts of parts of speech compared with hand counts and plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.wording.parts_of_speech import CODES, KINDS, count_distinct, count_parts, number_words, part_code

NOUN, VERB = 1, 5


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("NNS", "noun"),
        ("PRP$", "pronoun"),
        ("WP", "pronoun"),
        ("JJR", "adjective"),
        ("IN", "adposition"),
        ("VBZ", "verb"),
        ("MD", "verb"),
    ],
)
def test_codes_of_penn_treebank_tags(tag: str, name: str) -> None:
    assert part_code(tag) == CODES[name]


def test_other_tags_have_the_code_zero() -> None:
    # In the universal tag set these are particles, determiners, adverbs and conjunctions.
    assert {part_code(tag) for tag in ("TO", "RP", "EX", "WDT", "WRB", "RB", "CC", "DT", "POS", ".")} == {0}


def test_words_are_numbered_and_an_empty_text_has_none() -> None:
    words = number_words(["a dog a", "", "dog"])
    assert words.lengths.tolist() == [3, 0, 1]
    assert words.values.tolist() == [0, 1, 0, 1]


def test_counts_of_each_text() -> None:
    words = number_words(["a dog barks", "", "dogs"])
    counts = count_parts(np.array([0, NOUN, VERB, NOUN], np.uint8), words)
    assert counts.tolist() == [[1, 0, 0, 0, 1], [0] * 5, [1, 0, 0, 0, 0]]


def test_a_word_counts_once_per_picture_and_part_of_speech() -> None:
    # "dogs watch" and "a watch": watch is a verb here and a noun there.
    words = number_words(["dogs watch", "a watch"])
    parts = np.array([NOUN, VERB, 0, NOUN], np.uint8)
    counts = count_distinct(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), parts, words)
    assert counts.tolist() == [[1, 0, 0, 0, 1], [2, 0, 0, 0, 1]]


texts = st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4).map(" ".join), min_size=1, max_size=6)


@given(texts, st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_counts_equal_a_plain_loop(utterances: list[str], numbers: list[int]) -> None:
    words = number_words(utterances)
    parts = np.resize(np.arange(KINDS, dtype=np.uint8), len(words.values))
    pictures = np.array(numbers[: len(utterances)])
    plain: dict[tuple[int, int], set[str]] = {}
    tagged = iter(parts.tolist())
    for text, picture in zip(utterances, pictures.tolist(), strict=True):
        for word in text.split():
            plain.setdefault((picture, next(tagged)), set()).add(word)
    counts = count_distinct(pictures, np.arange(len(utterances)), parts, words)
    expected = [[len(plain.get((picture, part), ())) for part in range(1, KINDS)] for picture in range(len(counts))]
    assert counts.tolist() == expected
