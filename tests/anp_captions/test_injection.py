"""Neutral captions, and the insertion of one adjective."""

import numpy as np
import pandas as pd
import pytest

from stages.anp_captions.pairs import article, generator, inject, load_neutral
from stages.common.errors import UserError

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
    assert inject(tagged(caption), adjectives, rng()) == expected.split()


@pytest.mark.parametrize("caption", ["the boat", "", "the"])
def test_a_caption_without_a_noun_with_an_adjective_is_not_changed(caption):
    assert inject(tagged(caption), TREE, rng()) is None


def test_a_word_that_is_no_noun_here_is_skipped():
    assert inject([("tree", "VB"), ("boat", "NN")], TREE, rng()) is None


def test_the_noun_is_chosen_at_random():
    adjectives = {"tree": {"lovely": 1}, "boat": {"calm": 1}}
    captions = {" ".join(inject(tagged("tree boat"), adjectives, rng(seed)) or []) for seed in range(20)}
    assert captions == {"lovely tree boat", "tree calm boat"}


def test_adjectives_are_equally_likely_whatever_their_counts():
    adjectives = {"tree": {"calm": 99, "lovely": 1}}
    captions = [inject(tagged("tree"), adjectives, rng(seed)) for seed in range(200)]
    assert 70 < captions.count(["lovely", "tree"]) < 130


def test_articles():
    assert [article(word) for word in ("old", "eerie", "calm")] == ["an", "an", "a"]


def test_random_numbers_depend_on_seed_and_artwork():
    first = generator(1, "Cubism", "a").random()
    assert first == generator(1, "Cubism", "a").random()
    assert len({first, generator(2, "Cubism", "a").random(), generator(1, "Cubism", "b").random()}) == 3


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"art_style": "Cubism", "painting": ["null", "null", "b", "c"], "neutral": ["a tree", "second", "nan", "a sky"]}
    )


def test_parquet_and_csv_read_the_same(frame, tmp_path):
    frame.to_parquet(tmp_path / "base.parquet")
    frame.rename(columns={"neutral": "caption"}).to_csv(tmp_path / "base.csv", index=False)
    for name in ("base.parquet", "base.csv"):
        loaded = load_neutral(tmp_path / name)
        assert loaded["painting"].tolist() == ["null", "b", "c"]
        assert loaded["caption"].tolist() == ["a tree", "nan", "a sky"]


def test_an_artwork_without_a_caption_is_left_out(frame, tmp_path):
    frame.loc[2, "neutral"] = None
    frame.to_parquet(tmp_path / "base.parquet")
    assert load_neutral(tmp_path / "base.parquet")["painting"].tolist() == ["null", "c"]


def test_a_missing_column_is_an_error(frame, tmp_path):
    frame.drop(columns="neutral").to_parquet(tmp_path / "base.parquet")
    with pytest.raises(UserError, match=r"base\.parquet: the column caption is missing"):
        load_neutral(tmp_path / "base.parquet")


@pytest.mark.parametrize("name", ["absent.parquet", "absent.csv", "broken.parquet", "broken.csv"])
def test_an_unreadable_file_is_an_error(tmp_path, name):
    (tmp_path / "broken.parquet").write_bytes(b"no table")
    (tmp_path / "broken.csv").write_bytes(b'a,b\n"\xff')
    with pytest.raises(UserError, match=f"{name}: not readable as Parquet or CSV"):
        load_neutral(tmp_path / name)
