"""Diversity and similes, by hand, against NLTK's BLEU and the stored scores of the ArtEmis code."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.diversity import LENGTH, M_BLEU, SIMILES, diversity, draw_one_each, self_bleu
from stages.metrics.interface import NONE, Columns, Context, Pairings

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"
EMPTY = Context([])
TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=7).map(" ".join), min_size=2, max_size=7)


def by_nltk(groups: list[list[str]]) -> list[float]:
    smoothing = SmoothingFunction().method1
    scores = []
    for texts in groups:
        tokens = [text.split() for text in texts]
        for row, words in enumerate(tokens):
            others = tokens[:row] + tokens[row + 1 :]
            both = bool(others and words)
            scores.append(float(sentence_bleu(others, words, smoothing_function=smoothing)) if both else 0.0)
    return scores


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_self_bleu_equals_that_of_nltk(groups: list[list[str]]) -> None:
    assert self_bleu(groups) == pytest.approx(by_nltk(groups), abs=1e-12)


def test_self_bleu_of_equal_texts_and_of_texts_with_nothing_in_common() -> None:
    assert self_bleu([["the sea is calm"] * 3]) == pytest.approx([1, 1, 1])
    assert self_bleu([["the sea is calm", "a dark sky above"], ["alone"]]).tolist() == [0, 0, 0]


def test_sampled_captions_are_compared_within_their_picture() -> None:
    samples = [["the sea is calm", "the sea is calm"], ["the sea is calm", "a dark sky above"], ["the sea is calm"]]
    columns = M_BLEU.columns(EMPTY, samples)
    assert columns["m_bleu.sum"] == pytest.approx([1, 0, 0])
    # The picture with one caption does not count.
    assert corpus_values(M_BLEU.values, totals(columns))["m_bleu"] == pytest.approx(1 / 2)
    alone = M_BLEU.columns(EMPTY, [["the sea"], ["a sky"]])
    assert np.isnan(corpus_values(M_BLEU.values, totals(alone))["m_bleu"])


def test_diversity_by_hand() -> None:
    context = Context([], training=["the sea is calm", "so calm", "the end"])
    values = diversity(context, ["the sea", "the sea", "a sea", "the red sea"])
    assert values == {
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
    assert diversity(EMPTY, ["", ""]) == {
        "distinct.captions": 1 / 2,
        "distinct.tokens": 0,
        "distinct.unigrams": 1.0,
        "distinct.bigrams": 1.0,
        "most_frequent": 1.0,
        "self_bleu": 0.0,
    }


def test_one_utterance_of_each_picture_is_drawn_by_seed() -> None:
    references = [["a", "b", "c"], ["d"], ["e", "f"]] * 20
    first, second = draw_one_each(references, seed=1), draw_one_each(references, seed=2)
    assert first == draw_one_each(references, seed=1) != second
    assert all(text in texts for text, texts in zip(first, references, strict=True))


def test_length_counts_tokens() -> None:
    columns = LENGTH.prepare(EMPTY)(Pairings.in_order(["the woman 's hat", "calm", ""]))
    assert columns["length"].tolist() == [4, 1, 0]


def test_eight_thousand_captions_take_seconds() -> None:
    generator = random.Random(6)
    words = [f"word{int(generator.paretovariate(0.8))}" for _ in range(4000)]
    texts = [" ".join(generator.choices(words, k=generator.randint(5, 20))) for _ in range(8000)]
    started = time.process_time()
    assert 0 < diversity(EMPTY, texts)["self_bleu"] < 1
    # Some 0.5 s; a comparison of all pairs takes minutes.
    assert time.process_time() - started < 10


def similes(captions: list[str]) -> Columns:
    return SIMILES.prepare(EMPTY)(Pairings.in_order(captions))


def test_similes_by_whole_words_and_by_substrings() -> None:
    captions = [
        "it looks like rain",
        "i think often of rain",
        "this like that",
        "the sky resembles milk",
        "is likely rain",
    ]
    columns = similes(captions)
    assert columns["simile"].tolist() == [1, 0, 0, 1, 0]
    assert columns["simile_substring"].tolist() == [1, 1, 1, 1, 1]


def test_similes_have_one_value_per_pair() -> None:
    text, picture, dropped = np.array([1, 1, 0]), np.arange(3), np.full(3, NONE)
    pairings = Pairings(["a sea", "it looks like rain"], text, picture, dropped)
    assert SIMILES.prepare(EMPTY)(pairings)["simile"].tolist() == [1, 1, 0]


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not in shared/")
def test_substrings_are_counted_as_in_artemis() -> None:
    captions = json.loads((REFERENCE_SCORES / "metric_sample.json").read_text())["hypothesis"]
    stored = json.loads((REFERENCE_SCORES / "metric_scores.json").read_text())["metaphor"]
    columns = similes(captions)
    assert columns["simile_substring"].astype(bool).tolist() == stored
    assert 0 < columns["simile"].sum() <= sum(stored)
    assert (columns["simile"] <= columns["simile_substring"]).all()
