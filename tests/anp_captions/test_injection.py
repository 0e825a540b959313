"""Neutral captions, and the insertion of one adjective."""

import json

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
    with pytest.raises(UserError, match=r"base\.parquet: no column caption or neutral; found art_style"):
        load_neutral(tmp_path / "base.parquet")


HEADER = "art_style,painting,caption\n"


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("absent.parquet", None, "no such file"),
        ("absent.csv", None, "no such file"),
        ("broken.parquet", "no table", "Parquet"),
        ("broken.csv", b'a,b\n"\xff', "no column art_style"),
        ("a.csv", "art_style;painting;caption\nCubism;a;a tree\n", "commas"),
        ("a.csv", "art_style,painting,Caption\nCubism,a,a tree\n", "did you mean caption"),
        ("a.csv", HEADER + "Cubism,a,a tree,\n", "line 2: 4 fields"),
        ("a.csv", HEADER + 'Cubism,a,"a tree\nCubism,b,a sea\n', "line 2 is never closed"),
        ("a.csv", HEADER + 'Cubism,a,"a\ntree"\nCubism,,a sea\n', "line 4: painting is empty"),
        ("a.csv", (HEADER + "Cubism,a,a caf\u00e9\n").encode("latin-1"), "line 2: caption"),
        ("a.csv", HEADER + "Cubism,a,\"{'text': 'a tree'}\"\n", "line 2: caption"),
        ("a.json", '[{"art_style": "Cubism", "painting": "a", "caption": 5}]', "row 1: caption is 5"),
        ("a.json", '[{"art_style": "Cubism", "painting": 3, "caption": "a"}]', "row 1: painting is 3"),
        ("a.jsonl", '{"art_style": "C", "painting": "a", "caption": {"a": 1}}', "line 1: caption is {'a': 1}"),
        (
            "a.jsonl",
            '{"art_style": "C", "painting": "a", "caption": ["a tree", "a sea"]}',
            "line 1: caption is ['a tree",
        ),
    ],
)
def test_a_file_at_fault_is_an_error(tmp_path, name, content, named):
    if content is not None:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError) as error:
        load_neutral(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)
    assert named in str(error.value)
    assert "anp_captions.base" in str(error.value)


@pytest.mark.parametrize(
    "caption", [["a", "calm", "tree"], ["a calm tree"], [{"generated_text": "a calm tree"}], "['a', 'calm', 'tree']"]
)
def test_a_list_of_tokens_is_joined_and_said(tmp_path, caption, capsys):
    rows = [{"art_style": "Cubism", "painting": name, "caption": caption} for name in "ab"]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    assert load_neutral(tmp_path / "a.json")["caption"].tolist() == ["a calm tree"] * 2
    (said,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "a.json") in said
    assert "row 1" in said


@pytest.mark.parametrize("mark", ["\u2028", "\x0b", "\u0085"])
def test_only_line_ends_end_a_row(tmp_path, mark):
    (tmp_path / "a.csv").write_text(f"\ufeff{HEADER}Cubism,a{mark}b,a{mark}tree\n", encoding="utf-8")
    assert load_neutral(tmp_path / "a.csv").to_numpy().tolist() == [["Cubism", f"a{mark}b", f"a{mark}tree"]]


def test_blank_captions_of_a_csv_are_left_out(tmp_path):
    (tmp_path / "a.csv").write_text(f"{HEADER}Cubism,a,\nCubism,a,second\nCubism,b, \n")
    assert load_neutral(tmp_path / "a.csv").to_numpy().tolist() == [["Cubism", "a", "second"]]
