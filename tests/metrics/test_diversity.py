"""Collapse and diversity, by hand and against NLTK's BLEU."""

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.diversity import LENGTH, M_BLEU, diversity, drawn, self_bleu
from stages.metrics.interface import Context, Trials

NOTHING = Context([])
TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=7).map(" ".join), min_size=2, max_size=7)


def by_nltk(groups: list[list[str]]) -> list[float]:
    smoothing = SmoothingFunction().method1
    found = []
    for own in groups:
        tokens = [text.split() for text in own]
        for row, words in enumerate(tokens):
            others = tokens[:row] + tokens[row + 1 :]
            found.append(float(sentence_bleu(others, words, smoothing_function=smoothing)) if others and words else 0.0)
    return found


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_self_bleu_is_that_of_nltk(groups: list[list[str]]) -> None:
    assert self_bleu(groups) == pytest.approx(by_nltk(groups), abs=1e-12)


def test_self_bleu_of_one_thing_said_of_all_and_of_nothing_in_common() -> None:
    assert self_bleu([["the sea is calm"] * 3]) == pytest.approx([1, 1, 1])
    assert self_bleu([["the sea is calm", "a dark sky above"], ["alone"]]).tolist() == [0, 0, 0]


def test_sampled_captions_are_compared_within_their_picture() -> None:
    samples = [["the sea is calm", "the sea is calm"], ["the sea is calm", "a dark sky above"], ["the sea is calm"]]
    found = M_BLEU.columns(NOTHING, samples)
    assert found["m_bleu.sum"] == pytest.approx([1, 0, 0])
    # The picture with one caption tells nothing.
    assert corpus_values(M_BLEU.values, totals(found))["m_bleu"] == pytest.approx(1 / 2)
    alone = M_BLEU.columns(NOTHING, [["the sea"], ["a sky"]])
    assert np.isnan(corpus_values(M_BLEU.values, totals(alone))["m_bleu"])


def test_by_hand() -> None:
    context = Context([], training=["the sea is calm", "so calm", "the end"])
    found = diversity(context, ["the sea", "the sea", "a sea", "the red sea"])
    assert found == {
        "distinct.captions": 3 / 4,
        "distinct.tokens": 4,
        # Four of nine tokens; the pairs are "the sea" twice, "a sea", "the red" and "red sea".
        "distinct.unigrams": 4 / 9,
        "distinct.bigrams": 4 / 5,
        "most_frequent": 2 / 4,
        "self_bleu": pytest.approx(np.mean(by_nltk([["the sea", "the sea", "a sea", "the red sea"]])), abs=1e-12),
        # "the" and "sea", of six.
        "vocabulary": 2 / 6,
    }


def test_captions_without_words_and_without_training_utterances() -> None:
    found = diversity(NOTHING, ["", ""])
    assert found == {
        "distinct.captions": 1 / 2,
        "distinct.tokens": 0,
        "distinct.unigrams": 1.0,
        "distinct.bigrams": 1.0,
        "most_frequent": 1.0,
        "self_bleu": 0.0,
    }


def test_people_are_drawn_by_seed_one_of_each_picture() -> None:
    references = [["a", "b", "c"], ["d"], ["e", "f"]] * 20
    one, other = drawn(references, seed=1), drawn(references, seed=2)
    assert one == drawn(references, seed=1) != other
    assert all(text in own for text, own in zip(one, references, strict=True))


def test_lengths_count_tokens() -> None:
    found = LENGTH.prepare(NOTHING)(Trials.plain(["the woman 's hat", "calm", ""]))
    assert found["length"].tolist() == [4, 1, 0]


def test_eight_thousand_captions_take_seconds() -> None:
    generator = random.Random(6)
    words = [f"word{int(generator.paretovariate(0.8))}" for _ in range(4000)]
    texts = [" ".join(generator.choices(words, k=generator.randint(5, 20))) for _ in range(8000)]
    started = time.perf_counter()
    assert 0 < diversity(NOTHING, texts)["self_bleu"] < 1
    assert time.perf_counter() - started < 10
