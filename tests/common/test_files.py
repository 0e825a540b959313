"""Writers: atomic, with equal bytes for equal content; the check of disk space."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.common.errors import UserError
from stages.common.files import (
    atomic_write,
    out_file,
    out_folder,
    read_json,
    require_space,
    write_json,
    write_parquet,
    write_with,
)
from stages.common.terminal import printable


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


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a file, a folder, a read-only file, a pipe and a link that leads nowhere."""
    monkeypatch.chdir(tmp_path)
    Path("notes").write_text("mine")
    Path("d.json").mkdir()
    Path("kept.json").write_text("{}")
    Path("kept.json").chmod(0o444)
    os.mkfifo("pipe.json")
    Path("astray").symlink_to("nowhere")
    return tmp_path


def _tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("d.json", "a folder"),
        ("new.json/", "a folder"),
        (".", "a folder"),
        ("out.txt", ".json or .csv"),
        ("out", ".json or .csv"),
        ("kept.json", "read-only"),
        ("pipe.json", "a pipe"),
        ("/dev/fd/1.json", "a device"),
        ("notes/out.json", "notes is a file"),
        ("notes/deep/out.json", "notes is a file"),
        ("astray/out.json", "astray"),
        ("a\0b.json", "cannot be written"),
        (f"{'long' * 70}.json", "cannot be written"),
        # The temporary file's name is longer.
        (f"{'a' * 248}.json", "cannot be written"),
        (f"new/{'long' * 70}/out.json", "cannot be written"),
        ("input.json", "an input"),
        ("d.json/../input.json", "an input"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_beforehand(place: Path, given: str, named: str) -> None:
    Path("input.json").write_text("{}")
    before = _tree(place)
    with pytest.raises(UserError) as refused:
        out_file(given, (".json", ".csv"), [Path("gone"), Path("input.json")])
    assert named in str(refused.value)
    assert printable(given.strip()[:20].rstrip("/")) in str(refused.value)
    assert "; " in str(refused.value)
    assert _tree(place) == before


@pytest.mark.parametrize(
    "given", ["out.json", "OUT.JSON", "new/er/out.csv", "notes.json", "d.json/out.csv", "new/../a.csv"]
)
def test_a_file_that_can_be_written_is_not_made_yet(place: Path, given: str) -> None:
    before = _tree(place)
    assert out_file(given, (".json", ".csv"), [Path("notes")]) == Path(given)
    assert _tree(place) == before


def test_any_ending_is_allowed_unless_some_are_named(place: Path) -> None:
    assert out_file("notes") == Path("notes")
    assert Path("notes").read_text() == "mine"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", "empty"),
        ("notes", "a file"),
        ("notes/new", "notes is a file"),
        ("astray", "astray"),
        ("d.json", "an input"),
    ],
)
def test_a_folder_that_cannot_be_filled_is_refused_beforehand(place: Path, given: str, named: str) -> None:
    before = _tree(place)
    with pytest.raises(UserError) as refused:
        out_folder(given, [place / "d.json"])
    assert named in str(refused.value)
    assert _tree(place) == before


@pytest.mark.parametrize("given", ["new", "museum.2024", "new/er/", "d.json", "."])
def test_a_folder_that_can_be_filled_is_not_made_yet(place: Path, given: str) -> None:
    before = _tree(place)
    assert out_folder(given) == Path(given)
    assert _tree(place) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_folder_without_permission_is_refused(place: Path) -> None:
    (place / "d.json").chmod(0o555)
    for refuse in (out_file, out_folder):
        with pytest.raises(UserError, match=r"d\.json/new cannot be written"):
            refuse("d.json/new")


def test_a_folder_that_takes_the_name_meanwhile_is_an_error_of_the_person(tmp_path: Path) -> None:
    (tmp_path / "d.json").mkdir()
    with pytest.raises(UserError, match=r"d\.json cannot be written: Is a directory"):
        write_json({}, tmp_path / "d.json")


def test_many_may_ask_for_the_same_new_folder_at_once(tmp_path: Path) -> None:
    """As the tasks of a cluster do that start together."""
    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            wanted = tmp_path / f"{number}" / "captions"
            found = list(pool.map(lambda _, wanted=wanted: out_folder(str(wanted)), range(8)))
            assert found == [wanted] * 8
