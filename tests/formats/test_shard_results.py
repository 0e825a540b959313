"""Folders of shards from outside: their manifest, their status while processes work on them, and merging them."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from formats import claims, manifest, merging, shard_folder
from formats.answers import CAPTIONS, Answer, Results, emotions_of
from formats.claims import Claims, Living, living
from formats.merging import merge
from formats.picture_lists import Request
from formats.shard_status import Status, status
from formats.sources.picture import File
from stages.captions.captioner import Caption
from stages.common.errors import UserError

EMOTIONS = emotions_of(["awe", "fear"])
MAPS = np.zeros((1, 1, 1), np.float32)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _answers(requests: list[Request]) -> Iterator[Answer]:
    """Each picture is captioned by its name; those that begin with an x are broken."""
    for request in requests:
        name = str(request.picture)
        caption = Caption(name, None, 0, 0, -1.0, MAPS)
        shares = {"awe": 0.25, "fear": 0.75}
        broken = Answer(request.picture, f"broken {name[-1]}")
        yield broken if name[0] == "x" else Answer(request.picture, None, [caption], emotions=shares, digest="d")


def fill(
    folder: str, names: str, results: Results = CAPTIONS, shards: int = 99, size: int = 2, **settings: Any
) -> None:
    """Fill a folder about pictures with these names, or the first shards of it."""
    requests = [Request(File(name)) for name in names.split()]
    about = manifest.of_requests(results.stem, "model", settings, requests, size)
    for (shard,) in shard_folder.shards(Path(folder), requests, results, about, {"origin": "here"}):
        shard.save(_answers(requests=list(shard.waiting)))
        shards -= 1
        if not shards:
            break


def _rows(folder: str) -> pd.DataFrame:
    """The whole folder, as any program reads it."""
    return pd.read_parquet(folder)


def test_a_folder_is_one_data_set() -> None:
    fill("out", "a b xc d e")
    assert _rows("out")["picture"].tolist() == ["a", "b", "xc", "d", "e"]
    assert json.loads(Path("out/_manifest.json").read_text()) == {
        "results": "captions",
        "model": "model",
        "settings": {},
        "pictures": 5,
        "pictures_digest": manifest.read(Path("out")).pictures_digest,
        "shard": 2,
    }


def test_rows_of_emotions() -> None:
    fill("out", "a xb", EMOTIONS)
    assert list(pq.read_schema("out/emotions-00000.parquet").names) == ["picture", "emotion", "awe", "fear", "problem"]
    assert pq.read_table("out/emotions-00000.parquet").to_pylist() == [
        {"picture": "a", "emotion": "fear", "awe": 0.25, "fear": 0.75, "problem": None},
        {"picture": "xb", "emotion": None, "awe": None, "fear": None, "problem": "broken b"},
    ]


@pytest.mark.parametrize(
    ("results", "settings", "named"),
    [
        (EMOTIONS, {}, "holds captions, not emotions"),
        (CAPTIONS, {"seed": 2}, "captions by model, but seed was null there"),
    ],
)
def test_a_folder_of_something_else(results: Results, settings: dict[str, int], named: str) -> None:
    fill("out", "a b")
    with pytest.raises(UserError, match=f"^out: .*{named}"):
        fill("out", "a b", results, **settings)


def test_a_folder_with_shards_of_another_size() -> None:
    fill("out", "a b")
    with pytest.raises(UserError, match=r"^out: holds files of 2 pictures, not of 3: another version"):
        fill("out", "a b", size=3)


def test_results_without_a_manifest_are_not_replaced() -> None:
    fill("out", "a b")
    Path("out/_manifest.json").unlink()
    with pytest.raises(UserError, match=r"^out/captions-00000\.parquet: .*_manifest\.json"):
        fill("out", "a b", seed=2)


@pytest.mark.parametrize("content", [None, "", "{}", "[1]"])
def test_a_folder_without_a_manifest(content: str | None) -> None:
    Path("out").mkdir()
    if content is not None:
        Path("out/_manifest.json").write_text(content)
    with pytest.raises(UserError, match=r"^out.*_manifest\.json"):
        status(Path("out"))


def _lines(found: Status) -> str:
    return "\n".join(found.lines())


def test_status_of_a_folder_that_nobody_works_on() -> None:
    fill("out", "a xb xc d e f g h", shards=2)
    found = status(Path("out"))
    assert (found.done, found.problems, found.processes) == (4, {"broken b": 1, "broken c": 1}, [])
    assert _lines(found).splitlines() == [
        "out: captions by model; 4 of 8 pictures in finished files (50%)",
        "no process works on the other 4; the same command goes on",
        "left out: 2, which the same command tries again",
        "  1: broken b",
        "  1: broken c",
    ]


def test_status_while_processes_work(monkeypatch: pytest.MonkeyPatch) -> None:
    fill("out", "a b c d e f g h", shards=1)
    monkeypatch.setattr(claims, "NOTED", -1.0)
    clock = iter([100.0, 104.0])
    with Claims(Path("out")) as ours:
        (here,) = living(Path("out"))
        assert here == Living(socket.gethostname(), os.getpid(), None, 0, 0.0)
        with monkeypatch.context() as patched:
            patched.setattr(claims.time, "monotonic", lambda: next(clock))
            ours.progress("captions-00001.parquet", 0)
            ours.progress("captions-00001.parquet", 2)
        found = status(Path("out"))
        assert found.processes == [here._replace(file="captions-00001.parquet", done=2, seconds=4.0)]
        assert found.speed == 0.5
        text = _lines(found)
        assert f"process {os.getpid()} on {socket.gethostname()}: captions-00001.parquet, 2 pictures so far" in text
        assert "0.5 pictures a second; at most 12 seconds left" in text
    assert sorted(path.name for path in Path("out").glob(".*")) == []
    assert living(Path("out")) == []


def test_a_process_that_has_ended_is_not_living() -> None:
    Path("out").mkdir()
    Path("out/.1-abc.alive").write_text(json.dumps({"host": "elsewhere", "pid": 1, "token": "1-abc"}))
    assert living(Path("out")) == [Living("elsewhere", 1, None, 0, 0.0)]
    os.utime("out/.1-abc.alive", (0, 0))
    assert living(Path("out")) == []


def test_a_damaged_file_does_not_count() -> None:
    fill("out", "a b c d")
    Path("out/captions-00001.parquet").write_bytes(b"PAR1")
    assert status(Path("out")).done == 2


def test_merging(monkeypatch: pytest.MonkeyPatch) -> None:
    fill("one", "a b xc d e", seed=1)
    fill("two", "f g", seed=1)
    monkeypatch.setattr(merging, "ROW_GROUP", 3)
    monkeypatch.setattr(merging, "ROWS", 4)
    assert merge([Path("one"), Path("two")], Path("all")) == "all: 7 rows about 7 pictures, 1 of them left out"
    assert _rows("all")["picture"].tolist() == ["a", "b", "xc", "d", "e", "f", "g"]
    parts = sorted(Path("all").glob("*.parquet"))
    assert [len(pq.read_table(part)) for part in parts] == [4, 3]
    assert all(pq.read_schema(part).metadata == {b"origin": b"here"} for part in parts)
    about = json.loads(Path("all/_manifest.json").read_text())
    assert (about["settings"], about["pictures"], about["rows"], about["left_out"]) == ({"seed": 1}, 7, 7, 1)
    assert [each["pictures"] for each in about["merged"]] == [5, 2]


@pytest.mark.parametrize(
    ("second", "named"),
    [
        ({"names": "c d", "results": EMOTIONS}, "two: emotions, but one has captions"),
        ({"names": "c d", "seed": 2}, "two: captions by another model .* in one: seed is 1 there, and 2 here"),
        ({"names": "c d e f", "seed": 1, "shards": 1}, r"two: 1 of 2 files .*captions-00001\.parquet"),
        ({"names": "c b a", "seed": 1}, "two: 2 of its pictures .* the first is b"),
    ],
)
def test_folders_that_cannot_be_merged(second: dict[str, Any], named: str) -> None:
    fill("one", "a b", seed=1)
    fill("two", **second)
    with pytest.raises(UserError, match=f"^{named}"):
        merge([Path("one"), Path("two")], Path("all"))
    assert not Path("all").exists()


def test_a_merged_data_set_is_no_folder_to_go_on_with() -> None:
    fill("one", "a b")
    merge([Path("one")], Path("all"))
    told = r"^all: a merged data set"
    with pytest.raises(UserError, match=told):
        merge([Path("all")], Path("again"))
    with pytest.raises(UserError, match=told):
        fill("all", "a b")
    with pytest.raises(UserError, match=told):
        status(Path("all"))


def test_merging_replaces_nothing() -> None:
    fill("one", "a b")
    with pytest.raises(UserError, match=r"^one: a folder with files"):
        merge([Path("one")], Path("one"))
