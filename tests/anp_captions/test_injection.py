import numpy as np
import pytest

from stages.anp_captions.injection import article, choose, generator, inject

TREE = {"tree": {"lovely": 1}}


def rng(seed=0):
    return np.random.default_rng(seed)


def tagged(text):
    nouns = {"tree", "boat"}
    return [(word, "NN" if word in nouns else "JJ" if word == "lovely" else "DT") for word in text.split()]


@pytest.mark.parametrize(
    ("caption", "adjectives", "expected"),
    [
        ("under the tree there", TREE, "under the lovely tree there"),
        ("tree", TREE, "lovely tree"),
        ("a tree", {"tree": {"old": 1}}, "an old tree"),
        ("an tree", TREE, "a lovely tree"),
        ("the lovely tree", TREE, "the lovely tree"),
    ],
)
def test_the_adjective_stands_before_its_noun(caption, adjectives, expected):
    assert inject(tagged(caption), adjectives, "random", rng()) == expected.split()


@pytest.mark.parametrize("caption", ["the boat", "", "the"])
def test_without_a_noun_that_has_an_adjective_there_is_none(caption):
    assert inject(tagged(caption), TREE, "random", rng()) is None


def test_a_word_that_is_no_noun_here_is_passed_over():
    assert inject([("tree", "VB"), ("boat", "NN")], TREE, "random", rng()) is None


def test_one_noun_is_chosen_and_over_seeds_each_of_them():
    adjectives = {"tree": {"lovely": 1}, "boat": {"calm": 1}}
    made = {" ".join(inject(tagged("tree boat"), adjectives, "random", rng(seed)) or []) for seed in range(20)}
    assert made == {"lovely tree boat", "tree calm boat"}


def test_the_most_frequent_adjective_and_of_equal_ones_the_last():
    assert choose({"calm": 5, "lovely": 2}, "most_frequent", rng()) == "calm"
    assert choose({"calm": 2, "lovely": 2}, "most_frequent", rng()) == "lovely"


def test_random_adjectives_are_equally_likely_whatever_their_counts():
    taken = [choose({"calm": 99, "lovely": 1}, "random", rng(seed)) for seed in range(200)]
    assert 70 < taken.count("lovely") < 130


def test_articles():
    assert [article(word) for word in ("old", "eerie", "calm")] == ["an", "an", "a"]


def test_an_artworks_random_numbers_are_its_own():
    first = generator(1, "Cubism", "a").random()
    assert first == generator(1, "Cubism", "a").random()
    assert len({first, generator(2, "Cubism", "a").random(), generator(1, "Cubism", "b").random()}) == 3
