from hypothesis import given, settings
from hypothesis import strategies as st

from stages.anp_captions.pairs import by_polarity, mine, pair_polarity, pairs, tag
from stages.utterances.text import tokens


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
    said = [["a", "beautiful", "tree"], ["the", "beautiful", "tree"], ["a", "scary", "tree"], ["a", "wooden", "tree"]]
    counts = mine(said)
    assert counts == {("beautiful", "tree"): 2, ("scary", "tree"): 1, ("wooden", "tree"): 1}
    assert by_polarity(counts) == {"positive": {"tree": {"beautiful": 2}}, "negative": {"tree": {"scary": 1}}}
