"""The files of a corpus: reproducible, complete and consistent."""

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.common import inventory
from stages.common.errors import UserError
from stages.demo import corpus
from stages.demo.artworks import Artwork, compose
from stages.demo.corpus import COLUMNS, load_truth, paint_artwork


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "annotations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_seed_same_bytes(painted: Path, tmp_path: Path) -> None:
    corpus.paint(tmp_path, pictures=8, size=64, seed=3)
    assert contents(tmp_path) == contents(painted)
    assert len(contents(painted)) == 8 + 7


def test_other_seed_other_corpus() -> None:
    first, second = compose(3, seed=1), compose(3, seed=2)
    assert [a.annotations for a in first] != [a.annotations for a in second]
    artwork = first[0]
    assert paint_artwork(artwork, 64, seed=1).tobytes() == paint_artwork(artwork, 64, seed=1).tobytes()
    assert paint_artwork(artwork, 64, seed=1).tobytes() != paint_artwork(artwork, 64, seed=2).tobytes()


def test_a_picture_does_not_depend_on_the_others() -> None:
    few, many = compose(20, seed=4), compose(40, seed=4)
    assert [a.description for a in few] == [a.description for a in many[:20]]


def test_a_folder_with_pictures_is_a_user_error(painted: Path) -> None:
    with pytest.raises(UserError, match="already holds pictures"):
        corpus.paint(painted, pictures=1, size=64, seed=1)


def test_csv_has_the_columns_of_artemis(painted: Path) -> None:
    raw = (painted / "annotations.csv").read_bytes()
    assert raw.startswith(",".join(COLUMNS).encode() + b"\n")
    assert b"\r" not in raw


def test_repetition_counts_the_rows_of_an_artwork(painted: Path) -> None:
    rows = rows_of(painted)
    counts = Counter((row["art_style"], row["painting"]) for row in rows)
    assert len(counts) == 8
    assert all(int(row["repetition"]) == counts[row["art_style"], row["painting"]] for row in rows)
    assert sorted(count >= 41 for count in counts.values()) == [False] * 7 + [True]
    assert all(5 <= count <= 9 or 41 <= count <= 45 for count in counts.values())


def test_rows_of_an_artwork_are_not_adjacent(painted: Path) -> None:
    paintings = [row["painting"] for row in rows_of(painted)]
    changes = sum(a != b for a, b in pairwise(paintings))
    assert changes > 2 * len(set(paintings))


def test_truth_numbers_the_records(painted: Path) -> None:
    rows, truth = rows_of(painted), load_truth(painted / "truth.parquet")
    numbered: list[int] = []
    for artwork in truth.to_dict("records"):
        records = artwork["records"].tolist()
        assert len(records) == len(artwork["p_emotion_given_words"])
        assert [sum(p) for p in artwork["p_emotion_given_words"]] == pytest.approx([1] * len(records))
        for record in records:
            row = rows[record - 1]
            assert (row["art_style"], row["painting"]) == (artwork["art_style"], artwork["painting"])
        numbered += records
    assert sorted(numbered) == list(range(1, len(rows) + 1))


def test_pictures_truth_and_inventory_agree(painted: Path) -> None:
    truth = load_truth(painted / "truth.parquet")
    named = {f"{row.art_style}/{row.painting}.jpg" for row in truth.itertuples()}
    listed = inventory.load(painted / "images.tsv")
    assert {picture.path for picture in listed} == named
    assert listed == inventory.scan(painted / "images")
    for path in named:
        with Image.open(painted / "images" / path) as image:
            assert (min(image.size), image.mode) == (64, "RGB")


def test_shares_of_a_corpus(artworks: list[Artwork]) -> None:
    counts = np.array([len(artwork.annotations) for artwork in artworks])
    assert (counts >= 41).sum() == 5  # 1 % of 480
    assert len({artwork.description.style for artwork in artworks}) == 14
    names = [(artwork.description.style, artwork.painting) for artwork in artworks]
    assert len(set(names)) == len(names)
    assert any(not name.isascii() for _, name in names)
    assert any("(1)" in name for _, name in names)
