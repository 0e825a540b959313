"""Splits: equal to scikit-learn's and ArtEmis', and one for all utterances of an artwork."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from stages.common.errors import UserError
from stages.utterances.splits import as_given, assign, count_divided, split_artworks

PARITY = Path(__file__).parents[3] / "shared" / "parity" / "preprocess"


def artworks(n, repetition=5):
    """Two rows of each of `n` artworks, not next to each other."""
    names = [f"painting-{index}" for index in range(n)] * 2
    return pd.DataFrame({"art_style": "Cubism", "painting": names, "repetition": repetition, "row": range(2 * n)})


def test_the_split_equals_scikit_learns():
    ids = np.array([f"Cubism{name}" for name in range(137)], dtype=object)
    ordered = sorted(ids)
    train, held_out = train_test_split(ordered, test_size=0.05 + 0.1, random_state=7)
    val, test = train_test_split(held_out, test_size=round(0.1 * 137), random_state=7)
    split_of = split_artworks(ids, val=0.05, test=0.1, seed=7)
    for split, members in (("train", train), ("val", val), ("test", test)):
        assert {name for name, value in split_of.items() if value == split} == set(members)


@given(st.integers(10, 300), st.integers(0, 2**32 - 1))
def test_splits_are_disjoint_and_of_the_right_size(n, seed):
    split_of = split_artworks(np.array([f"a{name}" for name in range(n)]), val=0.2, test=0.3, seed=seed)
    sizes = pd.Series(split_of).value_counts()
    assert len(split_of) == n
    assert sizes["train"] == n - int(np.ceil(0.5 * n))
    assert sizes["test"] == round(0.3 * n)


def test_an_artwork_has_one_split_and_rows_keep_their_order():
    frame = assign(artworks(40), val=0.25, test=0.25, seed=1, high_coverage=0)
    assert frame["row"].tolist() == list(range(80))
    assert (frame.groupby("painting")["split"].nunique() == 1).all()
    assert frame["split"].value_counts().to_dict() == {"train": 40, "test": 20, "val": 20}


def test_artworks_with_high_coverage_go_to_rest_at_the_end():
    frame = artworks(40)
    frame.loc[frame["painting"] == "painting-3", "repetition"] = 41
    split = assign(frame, val=0.1, test=0.2, seed=1, high_coverage=41)
    assert split["row"].tolist()[-2:] == [3, 43]
    assert split["split"].tolist()[-2:] == ["rest", "rest"]
    assert split["row"].tolist()[:4] == [0, 1, 2, 4]
    assert "rest" not in set(assign(frame, val=0.1, test=0.2, seed=1, high_coverage=0)["split"])


@pytest.mark.parametrize(("by_row", "rest"), [(False, [3, 43]), (True, [43])])
def test_rows_of_an_artwork_with_different_repetitions(by_row, rest):
    frame = artworks(40)
    frame.loc[43, "repetition"] = 41
    split = assign(frame, val=0.1, test=0.2, seed=1, high_coverage=41, by_row=by_row)
    assert split.loc[split["split"] == "rest", "row"].tolist() == rest
    assert count_divided(split) == by_row


def test_an_empty_split_is_an_error():
    with pytest.raises(UserError, match=r"split 'val': 3 artworks are too few .* utterances\.splits"):
        assign(artworks(3), val=0.05, test=0.2, seed=1, high_coverage=0)


def test_only_artworks_with_high_coverage_is_an_error():
    with pytest.raises(UserError, match="split 'train': 0 artworks"):
        assign(artworks(3, repetition=50), val=0.1, test=0.2, seed=1, high_coverage=41)


@pytest.mark.parametrize(("profile", "high_coverage"), [("deep_nets", 41), ("analysis", 0)])
def test_the_split_equals_that_of_artemis(profile, high_coverage):
    if not PARITY.exists():
        pytest.skip("needs the outputs of ArtEmis")
    raw = pd.read_csv(PARITY / "raw.csv.gz", keep_default_na=False)
    expected = pd.read_csv(PARITY / f"{profile}.csv.gz", keep_default_na=False)
    key = ["art_style", "painting", "utterance"]
    frame = assign(raw, val=0.05, test=0.1, seed=2021, high_coverage=high_coverage).drop_duplicates(key)
    # The table of ArtEmis lacks utterances of extreme length; all its rows are in ours.
    merged = expected.merge(frame, on=key, how="left", suffixes=("", "_ours"))
    assert merged["split_ours"].tolist() == expected["split"].tolist()


def of_splits(**splits: object) -> pd.DataFrame:
    """Two rows of each painting, with its splits; a pair where the rows differ."""
    rows = [
        (painting, split)
        for painting, both in splits.items()
        for split in (both if isinstance(both, tuple) else (both, both))
    ]
    frame = pd.DataFrame(rows, columns=["painting", "split"], dtype=object)
    return frame.assign(art_style="Cubism", record=range(1, len(frame) + 1))


def test_given_splits_are_kept_and_rest_comes_last() -> None:
    frame = as_given(of_splits(a="rest", b="train", c="val", d="test"))
    assert frame["painting"].tolist() == list("bbccddaa")
    assert frame["split"].tolist() == ["train"] * 2 + ["val"] * 2 + ["test"] * 2 + ["rest"] * 2


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            of_splits(a=None, b=None),
            r"no column split; add it \(train, val, test, rest\), or set utterances.split_by to",
        ),
        (
            of_splits(a="train", b=("val", None), c="test"),
            r"1 annotations .* the first, record 4, has no split; allowed",
        ),
        (
            of_splits(a="train", b="dev", c="test"),
            r"2 annotations .* the first, record 3, has the split 'dev'; allowed",
        ),
        (
            of_splits(a="train", b=("val", "test"), c=("train", "rest")),
            r"2 artworks are in several splits; the first, Cubism/b, is in test and val; ",
        ),
        (of_splits(a="train", b="val", c="rest"), r"no utterance is left for the split 'test': the column split of"),
    ],
)
def test_splits_that_cannot_be_used(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(UserError, match=message):
        as_given(frame)
