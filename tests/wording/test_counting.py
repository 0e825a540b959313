"""Counting parts of speech, on texts that can be counted by eye, and against plain loops."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.wording.parts_of_speech import KINDS, distinct_per_picture, numbered, per_text

NOUN, VERB = 1, 5


def test_words_are_numbered_and_an_empty_text_has_none() -> None:
    words = numbered(["a dog a", "", "dog"])
    assert words.words == ["a", "dog"]
    assert words.ids.lengths.tolist() == [3, 0, 1]
    assert words.ids.values.tolist() == [0, 1, 0, 1]


def test_each_text_has_its_own_counts() -> None:
    words = numbered(["a dog barks", "", "dogs"]).ids
    counts = per_text(np.array([0, NOUN, VERB, NOUN], np.uint8), words)
    assert counts.tolist() == [[1, 0, 0, 0, 1], [0] * 5, [1, 0, 0, 0, 0]]


def test_a_word_is_counted_once_for_a_picture_and_once_for_each_part_of_speech() -> None:
    # "dogs watch" and "a watch": watch is a verb here and a noun there.
    words = numbered(["dogs watch", "a watch"]).ids
    parts = np.array([NOUN, VERB, 0, NOUN], np.uint8)
    found = distinct_per_picture(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), parts, words)
    assert found.tolist() == [[1, 0, 0, 0, 1], [2, 0, 0, 0, 1]]


texts = st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4).map(" ".join), min_size=1, max_size=6)


@given(texts, st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_as_a_plain_loop_counts(said: list[str], where: list[int]) -> None:
    words = numbered(said).ids
    parts = np.resize(np.arange(KINDS, dtype=np.uint8), len(words.values))
    pictures = np.array(where[: len(said)])
    plain: dict[tuple[int, int], set[str]] = {}
    tagged = iter(parts.tolist())
    for text, picture in zip(said, pictures.tolist(), strict=True):
        for word in text.split():
            plain.setdefault((picture, next(tagged)), set()).add(word)
    found = distinct_per_picture(pictures, np.arange(len(said)), parts, words)
    expected = [[len(plain.get((picture, part), ())) for part in range(1, KINDS)] for picture in range(len(found))]
    assert found.tolist() == expected
