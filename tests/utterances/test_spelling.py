import pytest
from symspellpy import SymSpell

from stages.utterances import spelling
from stages.utterances.rules import Spelling
from stages.utterances.spelling import FastSymSpell, Proofreader, corrections, load_engine


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


def test_the_index_is_symspells_own():
    words = [*("a", "at", "sea", "a'b", "tree", "trees", "aaaa"), *("beauty", "beautiful", "beautifully", "zoological")]
    one, other = (kind(max_dictionary_edit_distance=2, prefix_length=7) for kind in (SymSpell, FastSymSpell))
    for engine in (one, other):
        for word in words:
            engine.create_dictionary_entry(word, 1)
    assert one.deletes == other.deletes


def test_nothing_unknown_loads_no_engine(monkeypatch):
    monkeypatch.setattr(spelling, "load_engine", lambda: pytest.fail("it takes seconds, and is not needed"))
    assert spelling.check({"the": 3, "sea": 1, "4th": 1, "(": 1}) == Spelling({}, [])


def test_the_english_dictionary_comes_with_the_package():
    engine = load_engine()
    assert corrections({"darkess": 1, "portait": 1, "colorful": 40, "melancholy": 1}, engine) == {
        "darkess": "darkness",
        "portait": "portrait",
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("gloomy", "gloomy"),  # known
        ("glomy", "gloomy"),  # neither known nor English
        ("gloomie", "gloomy"),  # seven letters: two edits are allowed
        ("boot", "boot"),  # English, if one letter from a known word
        ("rqin", "rain"),  # of equally near ones the first
        ("xqzzv", "xqzzv"),  # near to nothing
        ("sae", "sae"),  # too short to tell
        ("bo4t", "bo4t"),  # no word
    ],
)
def test_new_text_is_corrected_towards_what_a_model_knows(written, read):
    assert Proofreader(["boat", "gloomy", "rain", "ruin", "sea"])([written]) == [read]


def test_text_of_known_words_is_left_as_it_is():
    proofread = Proofreader(["a", "gloomy", "sea"])
    assert proofread(["a", "gloomy", "sea"]) == ["a", "gloomy", "sea"]
    assert proofread([]) == []
    assert proofread.corrected == {}
