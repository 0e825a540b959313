"""Writers: atomic, with equal bytes for equal content; the check of disk space."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.common.errors import UserError
from stages.common.files import atomic_write, read_json, require_space, write_json, write_parquet, write_with


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_with(fail, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_created_and_the_suffix_is_kept(tmp_path: Path) -> None:
    # numpy.savez appends .npz to a name that does not end so.
    path = tmp_path / "a" / "b" / "maps.npz"
    with atomic_write(path) as temporary:
        assert temporary.suffix == ".npz"
        temporary.write_bytes(b"1")
    assert path.read_bytes() == b"1"


def test_parquet_has_the_same_bytes_for_the_same_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame({"painting": ["a", "b"], "counts": [[1, 2], [3, 4]]})
    for number in range(2):
        write_parquet(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / f"{number}.parquet")
    first, second = ((tmp_path / f"{number}.parquet").read_bytes() for number in range(2))
    assert first == second
    # pandas' metadata holds its version, which would change the bytes with an upgrade.
    assert b"pandas_version" not in first
    assert pq.read_table(tmp_path / "0.parquet").to_pylist() == [
        {"painting": "a", "counts": [1, 2]},
        {"painting": "b", "counts": [3, 4]},
    ]


def test_json_keeps_order_and_letters(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    write_json({"b": 1.5, "a": {"é": [1, 2]}}, path)
    assert path.read_text("utf-8").startswith('{\n  "b": 1.5,\n  "a": {\n    "é": [')
    assert list(read_json(path)) == ["b", "a"]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_rejects_nan_and_infinity(tmp_path: Path, number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"bleu": number}, tmp_path / "metrics.json")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with a million free bytes."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))


@pytest.mark.usefixtures("free")
def test_exactly_enough_space_is_enough(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "yet", 1_000_000, "anything")


@pytest.mark.usefixtures("free")
def test_too_little_space_is_an_error_with_both_sizes(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        require_space(tmp_path / "data", 31_470_000_000, "80,031 packed pictures")
    assert str(error.value).startswith(
        f"80,031 packed pictures will take 31.47 GB in {tmp_path / 'data'}, but its disk has 0.00 GB free; "
    )


def test_the_disk_of_an_absent_folder_is_that_of_its_parent(tmp_path: Path) -> None:
    measured = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: measured.append(path) or SimpleNamespace(free=1))
        require_space(tmp_path / "a" / "b", 1, "anything")
    assert measured == [tmp_path]
