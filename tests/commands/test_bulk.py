"""Filling a folder: what it says about its time, and when it gives up."""

from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commands import bulk
from commands.spent import Spent
from formats import shard_folder
from formats.picture_lists import Request
from formats.sources.fetch import Unreachable
from formats.sources.picture import File
from stages.common.errors import UserError
from tests.reliability.quoting_model import Quoting


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shard_folder, "SHARD", 10)
    for number in range(30):
        Path(f"{number:02}.jpg").write_text(f"picture {number}")


def fill() -> int:
    requests = [Request(File(f"{number:02}.jpg")) for number in range(30)]
    return bulk.fill(Path("out"), Quoting(0.0), requests, None, partial(Quoting, 0.0))


def test_the_time_of_long_work_is_told_by_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bulk, "WORTH_TELLING", 0.0)
    assert fill() == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "time" in line]
    assert all(part in line for part in ("read", "decode", "wait for pictures", "write"))
    assert fill() == 0
    assert capsys.readouterr().err == ""


def test_parts_are_added_up() -> None:
    spent = Spent()
    spent.add({"search": 3.0, "read": 1.0})
    spent.add({"search": 3.0, "encode": 2.0})
    assert str(spent) == "search 6.0 s (75%), encode 2.0 s (25%); in threads beside it read 1.0 s"


@pytest.mark.parametrize(("last", "ends"), [(25, True), (24, False)])
def test_a_network_that_is_away_ends_the_work(monkeypatch: pytest.MonkeyPatch, last: int, ends: bool) -> None:
    """A few pictures that cannot be reached are left out; many in a row are not tried one by one."""
    real = File.read

    def read(file: File) -> bytes:
        if 12 <= int(str(file)[:2]) <= last:
            raise Unreachable("no answer from example.org")
        return real(file)

    monkeypatch.setattr(bulk, "UNREACHABLE", 8)
    monkeypatch.setattr(File, "read", read)
    if ends:
        with pytest.raises(UserError, match=r"^19\.jpg: no answer from example\.org"):
            fill()
        assert sorted(path.name for path in Path("out").glob("[!.]*")) == ["_manifest.json", "captions-00000.parquet"]
        monkeypatch.setattr(File, "read", real)
        assert fill() == 0
    else:
        monkeypatch.setattr(bulk, "UNREACHABLE", 14)
        assert fill() == 2
        table = pq.read_table("out")
        assert table["problem"].null_count == 30 - 13


def test_a_full_disk_loses_no_finished_file(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def full(self: shard_folder.Shard, answers: object) -> int:
        if len(written) == 2:
            raise UserError(f"{self.path} cannot be written: No space left on device; nothing of it was kept")
        written.append(self.path.name)
        return real(self, answers)  # type: ignore[arg-type]

    real = shard_folder.Shard.save
    monkeypatch.setattr(shard_folder.Shard, "save", full)
    with pytest.raises(UserError, match="No space left"):
        fill()
    monkeypatch.setattr(shard_folder.Shard, "save", real)
    times = [Path("out", name).stat().st_mtime_ns for name in written]
    assert fill() == 0
    assert [Path("out", name).stat().st_mtime_ns for name in written] == times
    assert list(Path("out").glob(".*")) == []
