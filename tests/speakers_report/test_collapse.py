"""Repetition and new n-grams, against what a person counts, and against sets of tuples."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.speakers_report.captions import most_frequent, new_ngrams, new_ngrams_table, texts_of


def test_the_most_frequent_captions_with_their_shares() -> None:
    found = most_frequent(["b", "a", "c", "b", "a", "b", "d", "e"], 3)
    assert found.index.tolist() == ["b", "a", "c"]
    assert found["artworks"].tolist() == [3, 2, 1]
    assert found["share"].tolist() == ["37.5 %", "25.0 %", "12.5 %"]


def test_new_ngrams_are_those_that_nobody_taught() -> None:
    training = ["the sea is calm", "a sea of fear"]
    # Words the, sea, of, calm, joy; pairs the sea, sea of, of calm, of joy.
    found = new_ngrams({"speaker": ["the sea of calm", "sea of joy"], "people": ["the sea"]}, training)
    assert found == {"speaker": pytest.approx([1 / 5, 2 / 4, 1, 1]), "people": [0, 0, 0, 0]}
    told = new_ngrams_table({"speaker": ["the sea of calm"], "people": ["a sea"]}, training)
    assert told.index.tolist() == ["words", "2-grams", "3-grams", "4-grams"]
    assert told["speaker"].tolist() == ["0.0 %", "33.3 %", "100.0 %", "100.0 %"]


SENTENCES = st.lists(st.lists(st.sampled_from("abc"), max_size=6).map(" ".join), min_size=1, max_size=6)


@given(SENTENCES, SENTENCES)
def test_new_ngrams_are_those_of_sets_of_tuples(texts: list[str], training: list[str]) -> None:
    def grams(sentences: list[str], n: int) -> set[tuple[str, ...]]:
        split = [sentence.split() for sentence in sentences]
        return {tuple(own[at : at + n]) for own in split for at in range(len(own) - n + 1)}

    own = [grams(texts, n) for n in range(1, 5)]
    new = [len(one - grams(training, n)) / len(one) if one else 0 for n, one in enumerate(own, 1)]
    # Whoever else speaks changes nothing.
    assert new_ngrams({"they": training, "we": texts}, training) == {"they": [0] * 4, "we": pytest.approx(new)}


def test_everybody_says_one_text_of_each_artwork() -> None:
    captions = pd.DataFrame({"art_style": "A", "painting": ["x", "x", "y"], "caption": ["best", "other", "y"]})
    captions = captions.assign(config=0, rank=[0, 1, 0])
    utterances = pd.DataFrame(
        {"art_style": "A", "painting": list("xyz"), "utterance_spelled": ["of x", "of y", "of z"]}
    )
    found = texts_of({"captions": captions, "anp_captions": captions.tail(1)}, utterances, seed=1)
    assert found == {"speaker": ["best", "y"], "adjective-noun pairs": ["y"], "people": ["of x", "of y"]}
