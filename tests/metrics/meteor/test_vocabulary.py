"""Words: identity, synsets of the base forms, and the relation between words."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.metrics.meteor.relation import Items
from stages.metrics.meteor.resources import Resources, installed
from stages.metrics.meteor.vocabulary import EXACT, STEM, SYNONYM, Vocabulary, identity, relation_of
from tests.metrics.meteor import plain

WORDNET = Resources(installed())


@pytest.fixture(scope="session")
def vocabulary(small_folder: Path) -> Vocabulary:
    return Vocabulary(Resources(small_folder))


def test_some_different_words_have_one_identity() -> None:
    assert identity("") == 0
    assert identity("abc") == 96354
    assert identity("is") == identity("k5")
    assert identity("is") != identity("it")


@given(st.text())
def test_identity_is_javas_hash(word: str) -> None:
    assert identity(word) == plain.java_hash(word)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("boats", {1, 2}),
        ("boxes", {7}),
        ("went", {4}),
        # Of an irregular form the bases alone count, and of two bases both.
        ("men", {3}),
        ("lay", {5, 6}),
        ("glass", {8}),
        ("glasses", {8}),
        ("noted", {9}),
        ("noting", {9}),
        ("us", set()),
        ("crate", {7}),
        ("crater", {7}),
        ("unknown", set()),
    ],
)
def test_synsets(vocabulary: Vocabulary, word: str, expected: set[int]) -> None:
    assert vocabulary.describe(word).synsets == expected


@pytest.mark.parametrize(
    "word", ["running", "ladies", "busses", "men", "better", "e", "es", "", "sing", "ships", "axes"]
)
def test_synsets_of_wordnet(word: str) -> None:
    assert Vocabulary(WORDNET).describe(word).synsets == plain.synsets(word, WORDNET)


def test_relation_of_words(vocabulary: Vocabulary) -> None:
    words = ["boat", "boats", "ship", "is", "k5", "sea", "boating"]
    relation = relation_of([vocabulary.describe(word) for word in words])
    expected = np.zeros((7, 7), int)
    np.fill_diagonal(expected, EXACT)
    for one, other, kinds in (
        ("is", "k5", EXACT),
        ("boat", "boats", STEM | SYNONYM),
        ("boat", "boating", STEM | SYNONYM),
        ("boats", "boating", STEM | SYNONYM),
        ("boat", "ship", SYNONYM),
        ("boats", "ship", SYNONYM),
        ("boating", "ship", SYNONYM),
    ):
        a, b = words.index(one), words.index(other)
        expected[a, b] = expected[b, a] = kinds
    texts = Items(np.arange(7), np.arange(8))
    one, other = np.divmod(np.arange(49), 7)
    found = relation.between(texts, texts, one, other)
    values = np.zeros(49, int)
    values[found.pair] = found.value
    assert values.reshape(7, 7).tolist() == expected.tolist()
