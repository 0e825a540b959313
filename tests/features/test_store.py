"""Stored features: written and read, read row by row, and refused where they are damaged or of something else."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages.common.errors import UserError
from stages.common.files import atomic_write
from stages.features import store
from stages.features.store import Features
from tests.images.resident import needs_maps, resident

INDEX = pd.DataFrame({"art_style": ["Cubism"] * 4 + ["null"], "painting": ["a", "b", "c", "d", "nan"]})
POOLED = np.arange(10, dtype=np.float64).reshape(5, 2)
PLACES = np.arange(30, dtype=np.float16).reshape(5, 3, 2)
CONFIG = {"backbone": "test_resnet", "pooling": "average", "pixels": "p", "encoder": "e"}


def save(folder: Path, places: np.ndarray = PLACES) -> None:
    with atomic_write(folder / store.PLACES) as path:
        np.save(path, places)
    store.save_small(POOLED, INDEX, CONFIG, folder)


def check(features: Features, **changed: str) -> None:
    features.check(**{"pixels": "p", "encoder": "e", "backbone": "test_resnet"} | changed)


def test_a_round_trip(tmp_path: Path) -> None:
    save(tmp_path)
    loaded = store.load(tmp_path)
    assert (loaded.pooled.dtype, loaded.places.dtype) == (np.float32, np.float16)
    np.testing.assert_array_equal(loaded.pooled, POOLED)
    np.testing.assert_array_equal(loaded.places, PLACES)
    assert loaded.index.to_dict("list") == INDEX.to_dict("list")
    assert (loaded.config, loaded.folder) == (CONFIG, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(store.FILES)
    check(loaded)


def test_pictures_without_places_belong_together(tmp_path: Path) -> None:
    save(tmp_path, PLACES[:0])
    check(store.load(tmp_path))


def test_no_features_are_the_same_four_files_each_time(tmp_path: Path) -> None:
    contents = []
    for folder in (tmp_path / "empty", tmp_path / "used"):
        if folder.name == "used":
            save(folder)
        store.save_none(folder)
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert set(contents[0]) == set(store.FILES)
    assert contents[0] == contents[1]
    loaded = store.load(tmp_path / "used")
    assert (len(loaded.index), len(loaded.pooled), len(loaded.places)) == (0, 0, 0)
    with pytest.raises(UserError, match=f"^{tmp_path}/used: .*other pictures"):
        check(loaded)


@needs_maps
def test_places_are_read_row_by_row(tmp_path: Path) -> None:
    places = np.broadcast_to(np.arange(50, dtype=np.float16)[:, None, None], (50, 49, 96))
    path = tmp_path / store.PLACES
    save(tmp_path, places)
    plain = np.load(path, mmap_mode="r")
    assert plain.max() == 49
    assert resident(path) > 400  # of 50 * 49 * 96 * 2 bytes, 459 KiB
    del plain
    mapped = store.load(tmp_path).places
    assert mapped.shape == places.shape
    for rows in (49, np.arange(0, 50, 7), slice(10, 20)):
        copy = mapped[rows]
        assert type(copy) is np.ndarray
        np.testing.assert_array_equal(copy, places[rows])
        assert resident(path) == 0


@pytest.mark.parametrize("name", store.FILES)
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_file_that_is_cut_off(tmp_path: Path, name: str, share: float) -> None:
    save(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError) as caught:
        store.load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: ")
    assert "dvc repro -f features" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_places_that_are_cut_off_are_named(tmp_path: Path) -> None:
    save(tmp_path)
    content = (tmp_path / store.PLACES).read_bytes()
    (tmp_path / store.PLACES).write_bytes(content[:-1])
    with pytest.raises(UserError, match=r"places\.npy is cut off"):
        store.load(tmp_path)


@pytest.mark.parametrize("name", store.FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=f"^{tmp_path}: .*{name}"):
        store.load(tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pixels": "q"}, "other pictures than data/images"),
        ({"encoder": "f"}, "test_resnet computes with these weights, .* test_resnet with other weights"),
        ({"encoder": "f", "backbone": "resnet10t"}, "resnet10t computes with these weights, .* of test_resnet with"),
    ],
)
def test_features_of_something_else(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    save(tmp_path)
    with pytest.raises(UserError, match=f"^{tmp_path}: .*{message}.*; .*dvc repro -f features"):
        check(store.load(tmp_path), **changed)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"pooled": 4}, "4 and 5 rows"),
        ({"places": 3}, "3 and 5 rows"),
        ({"index": 2, "places": 4}, "2 and 4 and 5 rows"),
        # Without places, an index too short for the vectors is still noticed.
        ({"index": 4, "places": 0}, "4 and 5 rows"),
    ],
)
def test_files_with_different_numbers_of_rows(tmp_path: Path, rows: dict[str, int], message: str) -> None:
    counts = {"pooled": 5, "places": 5, "index": 5} | rows
    features = Features(
        POOLED[: counts["pooled"]], PLACES[: counts["places"]], INDEX[: counts["index"]], CONFIG, tmp_path
    )
    with pytest.raises(UserError, match=f"^{tmp_path}: its files have {message}"):
        check(features)
