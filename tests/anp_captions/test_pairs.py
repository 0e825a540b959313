"""Adjective-noun pairs, mined and listed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.anp_captions.pairs import by_polarity, listed, mine, pair_polarity, pairs, tagger
from stages.common.errors import UserError
from stages.utterances.clean_rules import tokens

tag = tagger("pattern")
DATA = Path(__file__).parents[2].parent / "shared" / "resources" / "nltk_data"
SENTICAP = """Positive ANPs:
lovely tree
calm tree

great view
Negative ANPs:
dead tree
"""


def test_a_pair_is_an_adjective_just_before_a_noun():
    tagged = tag(["the", "lonely", "old", "man", "is", "happy", "near", "dark", "trees"])
    assert pairs(tagged) == [("old", "man"), ("dark", "trees")]


@settings(deadline=None)
@given(st.text())
def test_tagging_keeps_the_tokens_of_any_text(text):
    words = tokens(text)
    assert [word for word, _ in tag(words)] == words


def test_polarity_is_the_sentiment_of_the_pair():
    assert pair_polarity("beautiful", "tree") == "positive"
    assert pair_polarity("scary", "tree") == "negative"
    assert pair_polarity("wooden", "tree") is None


def test_mined_pairs_are_counted_and_sorted_by_polarity():
    utterances = [
        ["a", "beautiful", "tree"],
        ["the", "beautiful", "tree"],
        ["a", "scary", "tree"],
        ["a", "wooden", "tree"],
    ]
    counts = mine(utterances, tag)
    assert counts == {("beautiful", "tree"): 2, ("scary", "tree"): 1, ("wooden", "tree"): 1}
    assert by_polarity(counts) == {"positive": {"tree": {"beautiful": 2}}, "negative": {"tree": {"scary": 1}}}


def test_pairs_of_a_file_are_counted_in_the_utterances(tmp_path):
    (tmp_path / "anps.txt").write_text(SENTICAP)
    counts = mine([["a", "lovely", "tree"], ["the", "lovely", "tree"], ["a", "wooden", "tree"]], tag)
    assert listed(tmp_path / "anps.txt", counts) == {
        "positive": {"tree": {"lovely": 2, "calm": 0}, "view": {"great": 0}},
        "negative": {"tree": {"dead": 0}},
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SENTICAP.replace("calm tree", "calm old tree"), "anps.txt, line 3: 'calm old tree' is no adjective-noun pair"),
        ("Positive ANPs:\ncalm tree\n", "anps.txt: no negative pairs; list them after a line"),
        ("Positive ANPs:\nNegative ANPs:\ndead tree\n", "anps.txt: no positive pairs"),
        ("", "anps.txt: no negative pairs"),
        (SENTICAP.replace("calm tree", "calm\u2028tree dead sky"), "anps.txt, line 3"),
        (SENTICAP.replace("calm tree\n\n", "calm tree\x0b"), "anps.txt, line 3"),
        (SENTICAP.replace("calm tree", "calm caf\u00e9").encode("latin-1"), "anps.txt, line 3: not UTF-8"),
        (SENTICAP.encode("utf-16"), "anps.txt: UTF-16"),
        (None, "anps.txt: there is no such file.* anp_captions.pairs"),
    ],
)
def test_a_wrong_file_is_an_error(tmp_path, content, message):
    if content is not None:
        (tmp_path / "anps.txt").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError, match=message):
        listed(tmp_path / "anps.txt", mine([], tag))


@pytest.mark.parametrize("title", ["\ufeffPositive ANPs:\r\n", "\n\n1,027 positive pairs\n", ""])
def test_a_first_line_that_is_a_pair_is_no_header(tmp_path, title):
    (tmp_path / "anps.txt").write_bytes(f"{title}calm tree\r\nnegative anps\ndead tree\n".encode())
    assert listed(tmp_path / "anps.txt", mine([], tag)) == {
        "positive": {"tree": {"calm": 0}},
        "negative": {"tree": {"dead": 0}},
    }


def test_a_folder_is_no_list(tmp_path):
    with pytest.raises(UserError, match="folder"):
        listed(tmp_path, mine([], tag))


@pytest.mark.skipif(not DATA.exists(), reason="NLTK's data is not in the repository")
def test_nltk_with_its_data(monkeypatch):
    monkeypatch.setattr("nltk.data.path", [str(DATA)])
    assert tagger("nltk")(["the", "lonely", "boat"]) == [("the", "DT"), ("lonely", "JJ"), ("boat", "NN")]
    assert tagger("nltk")([]) == []


def test_nltk_without_its_data_is_an_error(monkeypatch):
    monkeypatch.setattr("nltk.data.path", [])
    with pytest.raises(UserError, match=r"anp_captions.tagger is nltk, but its data is not on this machine"):
        tagger("nltk")
