"""Spelling correction of a corpus and of new text, and equality with SymSpell."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from symspellpy import SymSpell, Verbosity

from stages.utterances import spelling
from stages.utterances.spelling import Corrector, NarrowSymSpell, corrections, deletions, english_engine
from stages.utterances.tokenize import Spelling


@pytest.fixture
def engine():
    """A dictionary of six words: `colour`, and others one or two edits from what the tests mistype."""
    engine = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    for word, count in {"colour": 900, "painting": 500, "tree": 400, "three": 300, "thee": 5, "beautiful": 800}.items():
        engine.create_dictionary_entry(word, count)
    return engine


def test_a_rare_unknown_word_is_corrected_to_the_nearest_word(engine):
    assert corrections({"paintng": 1, "beuatifull": 1, "tree": 2}, engine) == {
        "paintng": "painting",
        "beuatifull": "beautiful",
    }


def test_a_frequent_word_of_the_corpus_stays_and_is_suggested(engine):
    assert corrections({"color": 5, "collor": 1}, engine) == {"collor": "color"}


def test_a_frequent_mistake_is_corrected_if_its_correction_is_far_more_frequent(engine):
    assert corrections({"paintng": 6, "painting": 300}, engine) == {"paintng": "painting"}
    assert corrections({"paintng": 6, "painting": 299}, engine) == {}


@pytest.mark.parametrize("token", ["tre", "4th", "tree2", "(", "'s", "😀", "trée"])
def test_only_words_of_four_letters_and_more_are_corrected(engine, token):
    assert corrections({token: 1}, engine) == {}


def test_two_edits_are_too_many_in_a_short_word(engine):
    assert corrections({"trxx": 1, "paixtxng": 1}, engine) == {"paixtxng": "painting"}


def test_the_corpus_decides_between_equally_near_words(engine):
    assert corrections({"thre": 1}, engine) == {"thre": "three"}
    assert corrections({"thre": 1, "thee": 7}, engine) == {"thre": "thee"}


WORDS = [*("a", "at", "sea", "a'b", "tree", "trees", "aaaa"), *("beauty", "beautiful", "beautifully", "zoological")]


@pytest.mark.parametrize("tokens", [WORDS, ["b"], ["tr", "beutyfull"], ["teh", "zooological", "aa", "bea"]])
def test_the_index_equals_the_queried_part_of_symspells(tokens):
    full, narrow = SymSpell(max_dictionary_edit_distance=2, prefix_length=7), NarrowSymSpell(tokens)
    for number, word in enumerate(WORDS, start=1):
        full.create_dictionary_entry(word, number)
        narrow.create_dictionary_entry(word, number)
    assert narrow.words == full.words
    queries = set().union(*(deletions(token[:7]) for token in tokens))
    assert narrow.deletes == {key: full.deletes[key] for key in full.deletes if key in queries}
    if tokens == WORDS:
        assert narrow.deletes == full.deletes


@settings(deadline=None)
@given(st.lists(st.text("abc'é", min_size=1, max_size=9), min_size=1), st.text("abc'é", min_size=1, max_size=9))
def test_every_lookup_equals_symspells(words, token):
    full, narrow = SymSpell(max_dictionary_edit_distance=2, prefix_length=7), NarrowSymSpell([token])
    for number, word in enumerate(words, start=1):
        full.create_dictionary_entry(word, number)
        narrow.create_dictionary_entry(word, number)
    for verbosity, distance in product(Verbosity, (0, 1, 2)):
        expected, suggestions = (
            [str(item) for item in engine.lookup(token, verbosity, max_edit_distance=distance)]
            for engine in (full, narrow)
        )
        assert suggestions == expected


def test_without_unknown_words_no_engine_is_loaded(monkeypatch):
    monkeypatch.setattr(spelling, "english_engine", lambda _: pytest.fail("not needed, and takes seconds"))
    assert spelling.check({"the": 3, "sea": 1, "4th": 1, "(": 1}) == Spelling({}, [])


def test_the_english_dictionary_comes_with_the_package():
    counts = {"darkess": 1, "portait": 1, "colorful": 40, "melancholy": 1}
    assert corrections(counts, english_engine(counts)) == {
        "darkess": "darkness",
        "portait": "portrait",
    }


@pytest.mark.parametrize(
    ("token", "correction"),
    [
        ("glomy", "gloomy"),  # neither known nor English
        ("gloomie", "gloomy"),  # seven letters: two edits are allowed
        ("rqin", "rain"),  # of equally near ones the first
        ("gloomy", None),  # known
        ("boot", None),  # English, if one letter from a known word
        ("xqzzv", None),  # no word is near enough
        ("sae", None),  # too short
        ("bo4t", None),  # not only letters
    ],
)
def test_new_text_is_corrected_to_the_words_that_a_model_knows(token, correction):
    words = ["boat", "gloomy", "rain", "ruin", "sea"]
    corrector = Corrector(words)
    # First by an index for this token, then by the whole one.
    for _ in range(3):
        assert corrector.corrections([token, "sea"]) == ({token: correction} if correction else {})
