"""The alignment: cases by hand, and the counts of random pairs against the plain second opinion."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.metrics.meteor.meteor import Meteor
from stages.metrics.meteor.resources import Resources
from tests.metrics.meteor import plain, small

# Words that match in every way; `is` and `k5` have one identity.
WORDS = (
    *("a", "the", "is", "k5", "of", "lot", "many", "x", "y", "z", "one", "boat", "boats", "boating", "ship", "ships"),
    *("vessel", "man", "men", "guy", "he", "go", "went", "going", "moved", "lay", "lie", "rest", "deal", "great"),
)
FEW = ("a", "the", "x", "y", "z", "boat", "ship")


def sentences(words: tuple[str, ...], longest: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words), max_size=longest).map(" ".join)


def chunks(meteor: Meteor, hypothesis: str, reference: str) -> int:
    return int(meteor.counts([(hypothesis, reference)])[0, 20])


@pytest.mark.parametrize(
    ("hypothesis", "reference", "expected"),
    [
        ("he saw it", "he saw it", 1),
        ("the the the", "the q the", 2),
        ("p q r s", "r s p q", 2),
        # The words could match in four chunks, too.
        ("p q p q", "p q r p q", 2),
        ("", "p", 0),
        ("p", "q", 0),
    ],
)
def test_chunks_by_hand(small_meteor: Meteor, hypothesis: str, reference: str, expected: int) -> None:
    assert chunks(small_meteor, hypothesis, reference) == expected


@settings(max_examples=150, deadline=None)
@given(st.one_of(*[st.tuples(sentences(words, 14), sentences(words, 14)) for words in (WORDS, FEW)]))
def test_counts_are_those_of_the_plain_method(small_meteor: Meteor, small_folder: Path, pair: tuple[str, str]) -> None:
    hypothesis, reference = pair
    expected = plain.counts(hypothesis.split(), reference.split(), Resources(small_folder), small.PARAPHRASES)
    assert small_meteor.counts([pair])[0].tolist() == expected


@pytest.mark.usefixtures("cache")
def test_many_pairs_together_have_the_counts_of_each_alone(small_meteor: Meteor, small_folder: Path) -> None:
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(WORDS, rng.integers(30))) for _ in range(60)]
    pairs = [(texts[a], texts[b]) for a, b in rng.integers(60, size=(300, 2))]
    counts = Meteor(small_folder).counts(pairs)
    alone = np.concatenate([small_meteor.counts([pair]) for pair in pairs])
    assert np.array_equal(counts, alone)


def test_more_paths_than_the_beam_keeps(small_meteor: Meteor, small_folder: Path) -> None:
    # Repeated words have far more than 40 alignments; the best one may be lost, and must be.
    rng = np.random.default_rng(5)
    for _ in range(5):
        hypothesis, reference = (" ".join(rng.choice(FEW[:5], 25)) for _ in range(2))
        expected = plain.counts(hypothesis.split(), reference.split(), Resources(small_folder), small.PARAPHRASES)
        assert small_meteor.counts([(hypothesis, reference)])[0].tolist() == expected


def test_long_sentences_of_equal_words(small_meteor: Meteor) -> None:
    many = ["a"] * 300
    counts = small_meteor.counts([(" ".join(many), " ".join([*many, "q"]))])[0]
    assert counts[:2].tolist() == [300, 301]
    assert counts[20:].tolist() == [1, 300, 300]
