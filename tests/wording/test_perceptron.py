"""Tagging many utterances at once, against NLTK tagging them one by one."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tag.perceptron import PerceptronTagger

from stages.utterances.tokenize import Tokens
from stages.wording import perceptron
from stages.wording.perceptron import Perceptron

REAL = Path(__file__).parents[3] / "shared/resources/nltk_data"
WORDS = ["the", "a", "dog", "Dog", "watch", "watches", "barks", "is", "well-known", "-x", "1999", "3rd", "(", "\u00e9"]
TAGS = ["NN", "VBZ", "DT", "JJ", "IN"]


@pytest.fixture(scope="module")
def made_up() -> PerceptronTagger:
    """A tagger of NLTK's own training, on nonsense; some words have one tag only, one of them a tag of its own."""
    dice = random.Random(5)
    tagger = PerceptronTagger(load=False)
    sentences = [[(dice.choice(WORDS), dice.choice(TAGS)) for _ in range(dice.randint(1, 8))] for _ in range(40)]
    state = random.getstate()
    random.seed(5)
    tagger.train(sentences, nr_iter=2)
    random.setstate(state)
    tagger.tagdict = {"the": "DT", "(": "LRB"}
    return tagger


def same(tagger: PerceptronTagger, texts: list[list[str]]) -> None:
    tokens = Tokens.of(texts)
    prepared = Perceptron(tagger, tokens.words)
    found = [prepared.tags[tag] for tag in prepared.tag(tokens.ids)]
    assert found == [tag for text in texts for _, tag in tagger.tag(text)]


@given(st.lists(st.lists(st.sampled_from([*WORDS, "never", "seen"]), max_size=7), max_size=6))
@settings(max_examples=60)
def test_the_tags_are_nltks(made_up: PerceptronTagger, texts: list[list[str]]) -> None:
    same(made_up, texts)


def test_many_texts_are_tagged_in_parts(made_up: PerceptronTagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptron, "TOGETHER", 3)
    dice = np.random.default_rng(1)
    same(made_up, [dice.choice(WORDS, dice.integers(0, 9)).tolist() for _ in range(50)])


def test_of_equal_scores_the_alphabetically_last_tag_wins() -> None:
    tagger = PerceptronTagger(load=False)
    tagger.decode_json_params([{"i word dog": {"A": 1.0, "Z": 1.0, "M": 0.5}}, {}, ["A", "M", "Z"]])
    same(tagger, [["dog", "cat"]])
    assert tagger.tag(["dog", "cat"]) == [("dog", "Z"), ("cat", "Z")]


def test_the_real_weights_give_the_real_tags() -> None:
    if not perceptron.is_there(REAL):
        pytest.skip("../shared/resources/nltk_data is not there")
    texts = [
        "the man looks like he is thinking about me",
        "it reminds me of my grandmother 's house by the sea in 1999",
        "i do n't know what to make of these well-known shapes and colors",
        "sad",
    ]
    same(perceptron.load(REAL), [text.split() for text in texts])
