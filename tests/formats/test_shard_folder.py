"""Folders of captions: what a later run keeps, and what it asks for again."""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from formats import shard_folder
from formats.answers import CAPTIONS, SCHEMA, Answer
from formats.manifest import of_requests
from formats.picture_lists import Request
from formats.shard_folder import Shard
from formats.sources.picture import File
from stages.captions.captioner import Caption
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture

NAMES = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]
SETTINGS = {"seed": 1}
real_sleep = time.sleep


def test_a_large_archive_has_larger_shards() -> None:
    assert [shard_folder.shard_size(pictures) for pictures in (5, 99_999, 100_000)] == [2, 2, 8]


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of pictures, of which each file of captions describes two; d.jpg is not there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shard_folder, "SHARD", 2)
    for name in NAMES:
        Path(name).write_text(name)
    Path("d.jpg").unlink()


def _answers(requests: list[Request]) -> Iterator[Answer]:
    """Two captions of each picture, which quote its content."""
    for request in requests:
        try:
            content = request.picture.read()
        except UnreadablePicture as problem:
            yield Answer(request.picture, str(problem))
            continue
        digest = hashlib.sha256(content).hexdigest()
        maps = np.zeros((2, 1, 1), np.float32)
        captions = [Caption(f"{content.decode()} {rank}", None, 0, rank, -1.0, maps) for rank in (0, 1)]
        yield Answer(request.picture, None, captions, digest=digest)


def _shards(requests: list[Request], **settings: int) -> Iterator[Shard]:
    manifest = of_requests("captions", "model", settings or SETTINGS, requests, shard_folder.SHARD)
    for (shard,) in shard_folder.shards(Path("out"), requests, CAPTIONS, manifest):
        yield shard


def _run(names: list[str] = NAMES, **settings: int) -> list[str]:
    """The pictures that a run has to caption."""
    requests = [Request(File(name)) for name in names]
    asked = []
    for shard in _shards(requests, **settings):
        if waiting := shard.waiting:
            asked += [str(request.picture) for request in waiting]
            assert shard.save(_answers(waiting)) == sum(Path(str(request.picture)).exists() for request in waiting)
    return asked


def _captions() -> list[tuple[str, str | None]]:
    """Picture and caption of every row, from file to file."""
    tables = [pq.read_table(path) for path in sorted(Path("out").glob("*.parquet"))]
    assert all(table.schema.equals(SCHEMA) for table in tables)
    return [(row["picture"], row["caption"]) for table in tables for row in table.to_pylist()]


def _expected(**contents: str | None) -> list[tuple[str, str | None]]:
    """The rows of all pictures, with other contents for some."""
    given = {name: name for name in NAMES} | {"d.jpg": None} | {f"{name}.jpg": text for name, text in contents.items()}
    return [
        (name, None if text is None else f"{text} {rank}")
        for name, text in given.items()
        for rank in ((0, 1) if text is not None else (0,))
    ]


def test_a_second_run_asks_for_what_was_left_out() -> None:
    assert _run() == NAMES
    assert _captions() == _expected()
    assert _run() == ["d.jpg"]
    assert _captions() == _expected()
    Path("d.jpg").write_text("here now")
    assert _run() == ["d.jpg"]
    assert _captions() == _expected(d="here now")
    assert _run() == []


@pytest.mark.parametrize("way", ["other size", "same size", "same size and time", "another file of that time"])
def test_a_picture_that_was_replaced_is_captioned_again(way: str) -> None:
    _run()
    path, before = Path("c.jpg"), Path("c.jpg").stat()
    if way == "another file of that time":
        path.rename("former.jpg")
    path.write_text("larger content" if way == "other size" else "C.JPG")
    if way in ("same size and time", "another file of that time"):
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert _run() == ["c.jpg", "d.jpg"]
    assert _captions() == _expected(c=path.read_text())


def test_a_picture_with_the_same_content_keeps_its_captions() -> None:
    _run()
    Path("a.jpg").touch()
    Path("b.jpg").unlink()
    Path("b.jpg").write_text("b.jpg")
    assert _run() == ["d.jpg"]


def test_a_picture_that_becomes_unreadable_is_left_out() -> None:
    _run()
    Path("a.jpg").unlink()
    Path("a.jpg").mkdir()
    first: Shard = next(_shards([Request(File(name)) for name in NAMES]))
    assert [str(request.picture) for request in first.waiting] == ["a.jpg"]


def test_a_picture_that_has_gone_keeps_its_captions() -> None:
    _run()
    Path("a.jpg").unlink()
    first: Shard = next(_shards([Request(File(name)) for name in NAMES]))
    assert (first.waiting, first.gone) == ([], [File("a.jpg")])
    _run()
    assert _captions() == _expected()


def test_an_interrupted_run_goes_on_with_the_same_bytes() -> None:
    _run()
    files = sorted(Path("out").glob("*.parquet"))
    content = [file.read_bytes() for file in files]
    files[0].unlink()
    assert _run() == ["a.jpg", "b.jpg", "d.jpg"]
    assert [file.read_bytes() for file in files] == content


def test_two_processes_share_the_files(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What one has left out meanwhile, the other does not try again; it waits for the files of the other."""
    monkeypatch.setattr(shard_folder, "PAUSE", 0.01)
    waits = threading.Event()
    monkeypatch.setattr(shard_folder.time, "sleep", lambda _: waits.set() or real_sleep(0.01))
    requests = [Request(File(name)) for name in NAMES]
    ours = _shards(requests)
    first = next(ours)
    asked: list[str] = []
    other = threading.Thread(target=lambda: asked.extend(_run()))
    other.start()
    assert waits.wait(10)
    assert [str(request.picture) for request in first.waiting] == ["a.jpg", "b.jpg"]
    assert first.save(_answers(first.waiting)) == 2
    assert [shard.waiting for shard in ours] == [[], []]
    other.join()
    assert asked == ["c.jpg", "d.jpg", "e.jpg"]
    assert _captions() == _expected()
    assert capsys.readouterr().err == "out: other processes work on all remaining files; waiting for them\n"
    assert _run() == ["d.jpg"]


def test_a_process_that_was_taken_for_dead_does_not_write() -> None:
    ours = _shards([Request(File(name)) for name in NAMES[:2]])
    first = next(ours)
    (Path("out") / ".captions-00000.parquet.claim").unlink()
    assert _run(NAMES[:2]) == ["a.jpg", "b.jpg"]
    content = (Path("out") / "captions-00000.parquet").read_bytes()
    assert first.save(_answers(first.waiting)) == 0
    # It comes again, as another process has left it.
    (again,) = ours
    assert again.waiting == []
    assert len(again.kept) == 2
    assert (Path("out") / "captions-00000.parquet").read_bytes() == content
    assert sorted(path.name for path in Path("out").iterdir()) == ["_manifest.json", "captions-00000.parquet"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 100])
def test_a_damaged_file_is_made_again(content: bytes) -> None:
    _run()
    (Path("out") / "captions-00000.parquet").write_bytes(content)
    assert _run() == ["a.jpg", "b.jpg", "d.jpg"]
    assert _captions() == _expected()


def test_a_file_of_another_run_is_made_again() -> None:
    _run(seed=2)
    former = (Path("out") / "captions-00000.parquet").read_bytes()
    for path in Path("out").iterdir():
        path.unlink()
    _run()
    (Path("out") / "captions-00000.parquet").write_bytes(former)
    assert _run() == ["a.jpg", "b.jpg", "d.jpg"]


@pytest.mark.parametrize(
    ("names", "settings", "named"),
    [(NAMES[:-1], SETTINGS, "other pictures"), (NAMES, {"seed": 2}, "seed was 1 there")],
)
def test_a_folder_of_other_captions(names: list[str], settings: dict[str, int], named: str) -> None:
    _run()
    with pytest.raises(UserError, match=f"^out: .*{named}"):
        _run(names, **settings)


def test_other_emotions_and_names_alike_in_print_are_other_pictures() -> None:
    [*_shards([Request(File("a\u200bb.jpg"), "awe")])]
    for other in (Request(File("a\u200bb.jpg"), "fear"), Request(File(r"a\u200bb.jpg"), "awe")):
        with pytest.raises(UserError, match="other pictures"):
            [*_shards([other])]


@pytest.mark.parametrize("content", ["", "[]", '"x"', "{", "caf\udce9"])
def test_a_note_of_something_else(content: str) -> None:
    Path("out").mkdir()
    (Path("out") / "_manifest.json").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=r"^out.*choose another folder"):
        _run()
