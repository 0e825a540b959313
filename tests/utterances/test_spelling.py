import pytest
from symspellpy import SymSpell

from stages.utterances.spelling import correct, corrections, load_engine


@pytest.fixture
def engine():
    """A dictionary of six words: `colour`, and others one or two edits from what the tests mistype."""
    engine = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    for word, count in {"colour": 900, "painting": 500, "tree": 400, "three": 300, "thee": 5, "beautiful": 800}.items():
        engine.create_dictionary_entry(word, count)
    return engine


def test_a_rare_unknown_word_becomes_the_nearest_known_one(engine):
    assert corrections({"paintng": 1, "beuatifull": 1, "tree": 2}, engine) == {
        "paintng": "painting",
        "beuatifull": "beautiful",
    }


def test_a_word_that_the_corpus_uses_often_stays_and_is_suggested(engine):
    assert corrections({"color": 5, "collor": 1}, engine) == {"collor": "color"}


def test_an_often_made_mistake_is_one_where_its_correction_is_far_more_frequent(engine):
    assert corrections({"paintng": 6, "painting": 300}, engine) == {"paintng": "painting"}
    assert corrections({"paintng": 6, "painting": 299}, engine) == {}


@pytest.mark.parametrize("token", ["tre", "4th", "tree2", "(", "'s", "😀", "trée"])
def test_only_words_of_four_letters_and_more_are_corrected(engine, token):
    assert corrections({token: 1}, engine) == {}


def test_two_edits_are_too_many_in_a_short_word(engine):
    assert corrections({"trxx": 1, "paixtxng": 1}, engine) == {"paixtxng": "painting"}


def test_of_equally_near_words_the_corpus_decides(engine):
    assert corrections({"thre": 1}, engine) == {"thre": "three"}
    assert corrections({"thre": 1, "thee": 7}, engine) == {"thre": "thee"}


def test_correct_replaces_each_occurrence():
    assert correct(["teh", "sea", "teh"], {"teh": "the"}) == ["the", "sea", "the"]
    assert correct(["sea"], {}) == ["sea"]


def test_the_english_dictionary_comes_with_the_package():
    engine = load_engine()
    assert corrections({"darkess": 1, "portait": 1, "colorful": 40, "melancholy": 1}, engine) == {
        "darkess": "darkness",
        "portait": "portrait",
    }
