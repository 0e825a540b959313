"""Comparisons of captions, on texts that can be counted by eye."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.emotions import ARTEMIS
from stages.metrics.joint_table import ROWS
from stages.speakers_report.captions import (
    NGRAMS,
    NOT_GROUNDED,
    ONE_EMOTION,
    NearestUtterance,
    best_and_worst,
    emotion_dependence,
    jaccard,
    nearest_utterances,
    new_ngrams,
    no_comparison,
    one_text_each,
)


def test_one_text_of_each_system_and_of_people() -> None:
    captions = pd.DataFrame({"art_style": "A", "painting": ["x", "x", "y"], "caption": ["best", "other", "y"]})
    captions = captions.assign(config=0, rank=[0, 1, 0])
    utterances = pd.DataFrame(
        {"art_style": "A", "painting": list("xyz"), "utterance_spelled": ["of x", "of y", "of z"]}
    )
    texts = one_text_each({"captions": captions, "anp_captions": captions.tail(1)}, utterances, seed=1)
    assert texts == {"speaker": ["best", "y"], "adjective-noun pairs": ["y"], "people": ["of x", "of y"]}


def test_new_ngrams_occur_in_no_training_utterance() -> None:
    training = ["the sea is calm", "a sea of fear"]
    # Words the, sea, of, calm, joy; pairs the sea, sea of, of calm, of joy.
    shares = new_ngrams({"speaker": ["the sea of calm", "sea of joy"], "people": ["the sea"]}, training)
    assert shares["speaker"].tolist() == pytest.approx([1 / 5, 2 / 4, 1, 1])
    assert shares["people"].tolist() == [0, 0, 0, 0]
    assert shares.index.tolist() == ["words", "2-grams", "3-grams", "4-grams"]
    shares = new_ngrams({"speaker": ["the sea of calm"], "people": ["a sea"]}, training)
    assert shares["speaker"].tolist() == pytest.approx([0, 1 / 3, 1, 1])


SENTENCES = st.lists(st.lists(st.sampled_from("abc"), max_size=6).map(" ".join), min_size=1, max_size=6)


@given(SENTENCES, SENTENCES)
def test_new_ngrams_equal_those_of_sets_of_tuples(texts: list[str], training: list[str]) -> None:
    def ngrams(sentences: list[str], n: int) -> set[tuple[str, ...]]:
        split = [sentence.split() for sentence in sentences]
        return {tuple(tokens[at : at + n]) for tokens in split for at in range(len(tokens) - n + 1)}

    distinct = [ngrams(texts, n) for n in range(1, 5)]
    new = [len(found - ngrams(training, n)) / len(found) if found else 0 for n, found in enumerate(distinct, 1)]
    # The texts of others change nothing.
    shares = new_ngrams({"others": training, "these": texts}, training)
    assert shares["others"].tolist() == [0] * len(NGRAMS)
    assert shares["these"].tolist() == pytest.approx(new)


CROSS_ENTROPY = ROWS["alignment.cross_entropy"]
SCORES = pd.DataFrame(
    {
        "art_style": "A",
        "painting": list("wxyz"),
        "caption": ["caption of w", "caption of x", "caption of y", "caption of z"],
        "bleu_4": [0.0, 0.0, 0.5, 0.0],
        "meteor": [np.nan] * 4,
        "rouge_l": [0.25, 0.125, 0.375, 0.5],
        "alignment.cross_entropy": [1.0, 2.0, 4.0, np.nan],
    }
)


def test_best_captions_by_each_metric() -> None:
    best, _ = best_and_worst(SCORES, 1)
    assert best["painting"].tolist() == ["y", "z", "w"]
    assert best["caption"].tolist() == ["caption of y", "caption of z", "caption of w"]
    # The lowest cross-entropy is the best; a missing score is never the best.
    assert best["scores"].tolist() == [
        {"BLEU-4": 0.5},
        {"ROUGE-L": 0.5},
        {CROSS_ENTROPY: 1.0},
    ]


def test_ties_are_broken_by_the_next_metric() -> None:
    _, worst = best_and_worst(SCORES, 1)
    assert worst["painting"].tolist() == ["x", "y"]
    assert worst["scores"].tolist() == [
        {"BLEU-4": 0.0, "ROUGE-L": 0.125},
        {CROSS_ENTROPY: 4.0},
    ]
    assert best_and_worst(SCORES, 2)[1]["painting"].tolist() == ["x", "w", "y"]


def test_the_nearest_utterance_has_the_longest_common_subsequence() -> None:
    training = ["a calm and grey sea", "the sea is calm", "the fire is wild", "the sea is calm"]
    # Of equally near ones the first.
    assert nearest_utterances(["the grey sea is calm", "the fire", "unheard", "the fire"], training) == {
        "the grey sea is calm": NearestUtterance("the sea is calm", 4, 5),
        "the fire": NearestUtterance("the fire is wild", 2, 2),
        "unheard": NearestUtterance("a calm and grey sea", 0, 1),
    }


BY_EMOTION = pd.DataFrame(
    [{"fear": "a b", "awe": "a c"}, {"fear": "e", "awe": "a c d"}], index=["x", "y"], columns=list(ARTEMIS)
)


def test_dependence_of_captions_on_emotion_and_picture() -> None:
    assert emotion_dependence(BY_EMOTION).to_dict() == {
        "distinct captions of an artwork": 1,
        # x: a b and a c share one word of three; y: none of four.
        "words shared: same artwork, another emotion": pytest.approx((1 / 3 + 0) / 2),
        # awe: a c and a c d share two of three; fear: none. Each pair is counted from both sides.
        "words shared: same emotion, another artwork": pytest.approx((2 / 3 + 0) / 2),
    }
    assert len(emotion_dependence(BY_EMOTION.head(1))) == 2
    assert emotion_dependence(BY_EMOTION.head(0)).empty


def test_without_several_emotions_a_command_is_named() -> None:
    captions = pd.DataFrame({"grounding_emotion": [None, None]})
    assert no_comparison(captions) == NOT_GROUNDED
    assert no_comparison(captions.assign(grounding_emotion=["awe", "fear"])) == ONE_EMOTION


def test_jaccard_compares_sets_of_words() -> None:
    assert jaccard("a a b", "b c") == 1 / 3
    assert jaccard("", "") == 1
