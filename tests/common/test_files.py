"""Writers: whole or not at all, and the same bytes for the same content."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.common.files import read_json, replacing, save_with, write_json, write_parquet


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("old")

    def fail(beside: Path) -> None:
        beside.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        save_with(fail, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_the_suffix_is_kept(tmp_path: Path) -> None:
    # numpy.savez appends .npz to a name that does not end so.
    path = tmp_path / "a" / "b" / "maps.npz"
    with replacing(path) as beside:
        assert beside.suffix == ".npz"
        beside.write_bytes(b"1")
    assert path.read_bytes() == b"1"


def test_parquet_has_the_same_bytes_for_the_same_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame({"painting": ["a", "b"], "counts": [[1, 2], [3, 4]]})
    for number in range(2):
        write_parquet(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / f"{number}.parquet")
    first, second = ((tmp_path / f"{number}.parquet").read_bytes() for number in range(2))
    assert first == second
    # pandas' metadata holds its version, and so other bytes after an upgrade.
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
def test_json_refuses_what_is_no_json(tmp_path: Path, number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"bleu": number}, tmp_path / "metrics.json")
    assert list(tmp_path.iterdir()) == []
