"""Stored features: written and read, read row by row, and refused where they are damaged or of something else."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.common.errors import UserError
from stages.features import store
from stages.features.store import Features
from tests.images.resident import needs_maps, resident

INDEX = pd.DataFrame({"art_style": ["Cubism"] * 4 + ["null"], "painting": ["a", "b", "c", "d", "nan"]})
POOLED = np.arange(10, dtype=np.float64).reshape(5, 2)
PLACES = np.arange(30, dtype=np.float16).reshape(5, 3, 2)
ORIGIN = {"backbone": "test_resnet", "pooling": "average", "pixels": "p", "encoder": "e"}
FILES = {"index.parquet", "pooled.npy", "places.npy"}
arrays = pytest.mark.parametrize("name", ["pooled", "places"])


def save(
    folder: Path, *, pooled: np.ndarray = POOLED, places: np.ndarray = PLACES, index: pd.DataFrame = INDEX
) -> None:
    store.save(pooled, index, ORIGIN, folder)
    np.save(folder / "places.npy", places)


def check(features: Features, **changed: str) -> None:
    features.check(**ORIGIN | changed)


def test_a_round_trip(tmp_path: Path) -> None:
    save(tmp_path)
    loaded = store.load(tmp_path)
    assert (loaded.pooled.dtype, loaded.places.dtype) == (np.float32, np.float16)
    np.testing.assert_array_equal(loaded.pooled, POOLED)
    np.testing.assert_array_equal(loaded.places, PLACES)
    assert loaded.index.to_dict("list") == INDEX.to_dict("list")
    assert (loaded.origin, loaded.folder) == (ORIGIN, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES
    check(loaded)


def test_pictures_may_have_no_places(tmp_path: Path) -> None:
    save(tmp_path, places=PLACES[:0])
    loaded = store.load(tmp_path)
    check(loaded)
    assert (loaded.pooled.shape, loaded.places.shape) == ((5, 2), (0, 3, 2))


def test_no_features_are_the_same_files_each_time(tmp_path: Path) -> None:
    contents = []
    for folder in (tmp_path / "empty", tmp_path / "used"):
        if folder.name == "used":
            save(folder)
        store.save_none(folder)
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert set(contents[0]) == FILES
    assert contents[0] == contents[1]
    loaded = store.load(tmp_path / "used")
    assert (len(loaded.index), len(loaded.pooled), len(loaded.places)) == (0, 0, 0)
    with pytest.raises(UserError, match=f"^{tmp_path}/used: .*other pictures"):
        check(loaded)


@needs_maps
def test_places_are_read_row_by_row(tmp_path: Path) -> None:
    places = np.broadcast_to(np.arange(50, dtype=np.float16)[:, None, None], (50, 49, 96))
    path = tmp_path / store.PLACES
    save(tmp_path, pooled=np.zeros((50, 2)), places=places, index=INDEX.iloc[[0] * 50])
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


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_an_index_that_is_cut_off(tmp_path: Path, share: float) -> None:
    save(tmp_path)
    _cut(tmp_path / "index.parquet", share)
    with pytest.raises(UserError, match=rf"^{tmp_path}: no features \(.*`dvc repro -f {tmp_path.name}`") as caught:
        store.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_features_without_an_index(tmp_path: Path) -> None:
    save(tmp_path)
    (tmp_path / "index.parquet").unlink()
    with pytest.raises(UserError, match=rf"^{tmp_path}: .*index\.parquet.*`dvc repro -f {tmp_path.name}`"):
        store.load(tmp_path)


@arrays
# The header, of 128 bytes, and the numbers: the end of both is missing, or that of the numbers.
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_an_array_that_is_cut_off(tmp_path: Path, name: str, share: float) -> None:
    save(tmp_path)
    _cut(tmp_path / f"{name}.npy", share)
    loaded = store.load(tmp_path)
    with pytest.raises(UserError, match=rf"^{tmp_path}/{name}\.npy: .*`dvc repro -f {tmp_path.name}`") as caught:
        getattr(loaded, name)
    assert "\n" not in str(caught.value)


def _cut(path: Path, share: float) -> None:
    """Keep this share of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


@arrays
def test_an_array_is_opened_when_it_is_read(tmp_path: Path, name: str) -> None:
    save(tmp_path)
    (tmp_path / f"{name}.npy").unlink()
    loaded = store.load(tmp_path)
    check(loaded)
    # A stage that reads one of them does not depend on the other.
    assert len(loaded.places if name == "pooled" else loaded.pooled) == 5
    with pytest.raises(UserError, match=rf"^{tmp_path}/{name}\.npy: .*`dvc repro -f {tmp_path.name}`"):
        getattr(loaded, name)


@pytest.mark.parametrize("count", [4, 6])
@arrays
def test_an_array_of_other_rows_than_the_index(tmp_path: Path, name: str, count: int) -> None:
    rows = np.arange(count) % 5
    save(tmp_path, **{name: {"pooled": POOLED, "places": PLACES}[name][rows]})  # type: ignore[arg-type]
    loaded = store.load(tmp_path)
    assert len(loaded.places if name == "pooled" else loaded.pooled) == 5
    message = rf"^{tmp_path}/{name}\.npy: {count} rows, but index\.parquet has 5; .*`dvc repro -f {tmp_path.name}`"
    with pytest.raises(UserError, match=message):
        getattr(loaded, name)


@arrays
def test_arrays_beside_an_index_of_no_pictures(tmp_path: Path, name: str) -> None:
    save(tmp_path, index=INDEX[:0])
    with pytest.raises(UserError, match=rf"^{tmp_path}/{name}\.npy: 5 rows, but index\.parquet has 0; "):
        getattr(store.load(tmp_path), name)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pixels": "q"}, "other pictures than data/images"),
        ({"encoder": "f"}, "test_resnet computes with these weights, .* test_resnet with other weights"),
        ({"encoder": "f", "backbone": "resnet10t"}, "resnet10t computes .* of test_resnet with other weights"),
        ({"pooling": "max"}, "pooled by average, but features.pooling is max"),
    ],
)
def test_features_of_something_else(tmp_path: Path, changed: dict[str, str], message: str) -> None:
    folder = tmp_path / "features"
    save(folder)
    with pytest.raises(UserError, match=f"^{folder}: .*{message}; .*`dvc repro -f features`"):
        check(store.load(folder), **changed)
