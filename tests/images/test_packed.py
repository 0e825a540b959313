"""Packed pixels and their index."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from stages.common.files import MappedArray
from stages.images.packed import load, save_index, save_pixels
from tests.images.resident import needs_maps, resident

ARTWORKS = pd.DataFrame(
    {"art_style": ["Cubism", "Cubism", "null"], "painting": ["a", "b", "nan"], "digest": ["d0", "d1", "d2"]}
)
PIXELS = np.random.default_rng(3).integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)


def save(folder: Path, problems: list[str | None], fit: str = "squash") -> None:
    readable = [picture for picture, problem in zip(PIXELS, problems, strict=True) if problem is None]
    count, digest = save_pixels(iter(readable), 4, folder)
    assert count == len(readable)
    save_index(ARTWORKS, problems, fit, digest, folder)  # type: ignore[arg-type]


def test_a_round_trip(tmp_path: Path) -> None:
    save(tmp_path, [None] * 3, "pad")
    packed = load(tmp_path)
    np.testing.assert_array_equal(packed.pixels, PIXELS)
    assert packed.index.to_dict("list") == {"art_style": ["Cubism", "Cubism", "null"], "painting": ["a", "b", "nan"]}
    assert packed.fit == "pad"


@needs_maps
def test_pixels_do_not_stay_in_memory_after_reading(tmp_path: Path) -> None:
    save_pixels(
        iter(np.zeros((50, 64, 64, 3), np.uint8) + np.arange(50, dtype=np.uint8)[:, None, None, None]), 64, tmp_path
    )
    path = tmp_path / "pixels.npy"
    plain = np.load(path, mmap_mode="r")
    assert plain.sum() == 50 * 49 // 2 * 64 * 64 * 3
    assert resident(path) > 500
    del plain
    pixels = MappedArray.open(path)
    for rows in (slice(None), np.arange(0, 50, 7), 49, np.zeros(0, int)):
        copy = pixels[rows]
        assert type(copy) is np.ndarray
        assert copy.shape[-3:] == (64, 64, 3)
        np.testing.assert_array_equal(copy[..., 5, 5, 0], np.arange(50)[rows])
        assert resident(path) == 0


def test_an_unreadable_picture_has_no_row(tmp_path: Path) -> None:
    save(tmp_path, [None, "the file is empty", None])
    packed = load(tmp_path)
    np.testing.assert_array_equal(packed.pixels, PIXELS[[0, 2]])
    assert packed.index["painting"].tolist() == ["a", "nan"]
    index = pq.read_table(tmp_path / "index.parquet").to_pandas()
    assert index["painting"].tolist() == ["a", "nan", "b"]
    assert index["problem"].tolist()[2] == "the file is empty"
    assert index["digest"].tolist() == ["d0", "d2", "d1"]


def test_rows_of_artworks(tmp_path: Path) -> None:
    save(tmp_path, [None, "the file is empty", None])
    artworks = pd.DataFrame(
        {"painting": ["nan", "b", "a", "nan", "a"], "art_style": ["null", "Cubism", "Cubism", "null", "Realism"]}
    )
    rows = load(tmp_path).rows(artworks)
    assert rows.dtype == np.int64
    assert rows.tolist() == [1, -1, 0, 1, -1]
    assert load(tmp_path).rows(artworks[:0]).tolist() == []


@pytest.mark.parametrize("problems", [[None] * 3, ["not a picture"] * 3])
def test_all_or_no_pictures_are_readable(tmp_path: Path, problems: list[str | None]) -> None:
    save(tmp_path, problems)
    packed = load(tmp_path)
    assert packed.pixels.shape == (problems.count(None), 4, 4, 3)
    assert packed.rows(ARTWORKS).tolist() == ([0, 1, 2] if problems[0] is None else [-1, -1, -1])


def test_the_index_changes_with_the_pixels(tmp_path: Path) -> None:
    digests = {
        save_pixels(iter(PIXELS), 4, tmp_path)[1],
        save_pixels(iter(PIXELS ^ 1), 4, tmp_path)[1],
        save_pixels(iter([]), 4, tmp_path)[1],
        save_pixels(iter([]), 8, tmp_path)[1],
    }
    assert len(digests) == 4


def test_the_digest_is_that_of_size_and_pixels_of_readable_pictures(tmp_path: Path) -> None:
    save(tmp_path, [None, "the file is empty", None])
    assert load(tmp_path).digest == hashlib.sha256(b"4" + PIXELS[0].tobytes() + PIXELS[2].tobytes()).hexdigest()


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    def failing():  # type: ignore[no-untyped-def]
        yield PIXELS[0]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        save_pixels(failing(), 4, tmp_path)
    assert list(tmp_path.iterdir()) == []
