"""Normalization: the cases of the description by hand, and properties of any text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.metrics.meteor.resources import Resources, installed
from stages.metrics.meteor.words import CUT, Prefixes, words

PREFIXES = Prefixes(frozenset({"Mr", "v"}), frozenset({"No"}))
# Characters that the passes treat in different ways.
CHARACTERS = "aAzé9 05.,-'`\u2018\u2019\u201c\u2013\u2014\"|!_\t\n\r\v\f\x01\x1f\u00a0\u2003\u0130Σж漢😀\u0301s"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \t\x01 ", ""),
        ("A Cat", "a cat"),
        ("cat. A", "cat . a"),
        ("cat. a", "cat. a"),
        ("Mr. X", "mr. x"),
        ("mr. X", "mr . x"),
        ("see v.", "see v."),
        ("No. 5", "no. 5"),
        ("see No.", "see no ."),
        ("no. 5", "no . 5"),
        ("U.S.", "us"),
        ("p.m. a.b.", "pm ab"),
        ("U.S.-based", "us based"),
        ("it's. he", "it 's. he"),
        ("3.5. X.org", "3.5 . x.org"),
        ("wait...", "wait ..."),
        (". .. A", ". .. a"),
        ("a,b,c", "a , b,c"),
        ("1,000 1,a a,1 a,", "1,000 1 , a a , 1 a ,"),
        ("a-b-c", "a b-c"),
        ("-5 5- a- a - b a--b a -- b", "-5 5- a- a - b a b a - b"),
        ("----", "--"),
        ("x\u2013y x\u2014y", "x - y x \u2014 y"),
        ("man's don't 1990's 1990't", "man 's don 't 1990 's 1990't"),
        ("man 's '90s dogs'", "man ' s ' 90s dogs '"),
        ("x'y'z rock'n'roll", "x 'y'z rock 'n'roll"),
        ("``hi''", '" hi "'),
        ("\u201chi\u201d it\u2019s", '" hi " it \'s'),
        ("10:30 50% 3x4", "10 : 30 50 % 3x4"),
        ("a_b", "a _ b"),
        ("caf\u00e9 cafe\u0301", "caf\u00e9 cafe \u0301"),
        ("\u03b1\u03b2 漢字 😀a", "\u03b1 \u03b2 漢 字 😀 a"),
        ("\u0130stanbul ЖУК", "i\u0307stanbul жук"),
        ("a\u00a0b\u2003c\u3000d", "a b c d"),
        ("a\u200bb", "a \u200b b"),
        ("a\vb\fc\nd\re", "a\vb c d e"),
        ("a ||| b a|||b", "a b ab"),
        ("\ud800 a", "\ud800 a"),
    ],
)
def test_words_by_hand(text: str, expected: str) -> None:
    assert words(text, PREFIXES) == expected.split(" ") if expected else words(text, PREFIXES) == []


def test_prefixes_of_the_jar() -> None:
    prefixes = Resources(installed()).prefixes
    assert (len(prefixes.always), prefixes.numeric) == (90, {"No", "Art", "pp"})
    assert words("Dr. Who met No. 6", prefixes) == ["dr.", "who", "met", "no.", "6"]


@given(st.text(CHARACTERS))
def test_words_have_no_separator_and_are_lower_case(text: str) -> None:
    for word in words(text, PREFIXES):
        assert word
        assert not set(word) & set(CUT)
        assert word == word.lower()


@given(st.lists(st.text("abcXYZ019é", min_size=1)))
def test_words_without_marks_are_cut_at_blanks(parts: list[str]) -> None:
    assert words("  ".join(parts), PREFIXES) == [part.lower() for part in parts]


@given(st.text("abcXYZé019 \u0130\u0416"))
def test_the_short_way_of_texts_without_marks_changes_nothing(text: str) -> None:
    short = words(text, PREFIXES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stages.metrics.meteor.words.PLAIN", re.compile("(?!)"))
        assert words(text, PREFIXES) == short


@given(st.text(CHARACTERS))
def test_what_lies_around_a_text_does_not_matter(text: str) -> None:
    assert words(f"\x02\n {text}\t ", PREFIXES) == words(text, PREFIXES)
