"""The rules `clean` on single utterances."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.unicode_text import canonical
from stages.utterances.clean_rules import clean, expand_contractions, tokenize, tokens, unquote


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("The Sea is calm.", ["the", "sea", "is", "calm"]),
        ("Dark...very dark!Really?", ["dark", "very", "dark", "really"]),
        ("a well-known, blue/green sky", ["a", "well", "known", "blue", "green", "sky"]),
        ("It\u2019s \u201clovely\u201d", ["it", "is", "lovely"]),
        ("the woman's hat", ["the", "woman", "'s", "hat"]),
        ("the trees' shadows", ["the", "trees", "'", "shadows"]),
        ("(4th) tree & 3 boats 😀", ["(", "4th", ")", "tree", "&", "3", "boats", "😀"]),
        ('he says "stay with me" now', ["he", "says", "``", "stay", "with", "me", "''", "now"]),
        ("the 'lonely tree' and the \"moon\"", ["the", "lonely", "tree", "and", "the", "moon"]),
        # One word, in several sequences of characters.
        ("CAFE\u0301 caf\u00e9 caf&eacute;", ["café"] * 3),
        ("it\u02bcs it&#39;s it&amp;#39;s", ["it", "is"] * 3),
        ("\ufeffbeau\u00adtiful zero\u200bwidth", ["beautiful", "zerowidth"]),
        ("well\u2011known", ["well", "known"]),
        ("&quot;calm&quot; &#39;a calm sea&#39;&nbsp;here", ["calm", "a", "calm", "sea", "here"]),
        ("\u200b", []),
        ("...", []),
        ("", []),
    ],
)
def test_tokens_of_an_utterance(utterance, expected):
    assert tokens(utterance) == expected


@pytest.mark.parametrize(
    ("contracted", "expanded"),
    [
        ("can't cant cannot", "can not can not can not"),
        ("won't don't isn't do'nt", "will not do not is not do not"),
        ("i'm we're they've she'll he'd", "i am we are they have she will he would"),
        ("it's that's let's", "it is that is let us"),
        ("dont doesnt im thats wont", "do not does not i am that is will not"),
        ("its were well ill cants whats-on", "its were well ill cants what is-on"),
        # Neither a possessive nor a word that merely ends like one of the list.
        ("the cat's portrait's spirit's", "the cat's portrait's spirit's"),
        ("canter significant", "canter significant"),
    ],
)
def test_contractions_have_word_boundaries(contracted, expanded):
    assert expand_contractions(contracted) == expanded


def test_an_apostrophe_inside_a_word_is_no_quote():
    assert unquote("rock 'n' roll isn't 'won't do' o'clock") == "rock  n  roll isn't  won't do  o'clock"


def test_clean_keeps_what_only_the_tokenizer_understands():
    assert clean('A "big" one (really)') == "a  big  one (really)"


@settings(deadline=None)
@given(st.text())
def test_tokens_have_no_spaces_or_punctuation(text):
    for token in tokens(text):
        assert token
        assert not set(token) & set(" .?!,:;/\\-~*_=[]{}$^@|%#<>–—…")  # noqa: RUF001


@settings(deadline=None)
@given(st.text())
def test_equivalent_texts_have_the_same_tokens(text):
    assert tokens(text) == tokens(unicodedata.normalize("NFD", text)) == tokens(canonical(text))


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[b-z]{3,8}", fullmatch=True)))
def test_plain_words_stay_as_they_are(words):
    kept = [word for word in words if word not in {"gonna", "gotta", "wanna", "lemme", "gimme"}]
    assert tokenize(" ".join(kept)) == kept
