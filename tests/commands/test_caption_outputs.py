"""`artemis caption --out`: files, folders that are continued, names that cannot be, and paths as they were given."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from commands import captioning, speaker_captioner
from formats import answers, shard_folder
from formats.sources.picture import File
from stages.common.picture_names import from_text
from tests.commands.run import Run

PIXELS = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)
OUTSIDE = os.fsdecode(b"caf\xe9.jpg")
STRANGE = ["thin\u200bair.jpg", "no\xa0break.jpg", "no break.jpg", "two\nlines.jpg", "\u202egpj.jpg", r"caf\udce9.jpg"]


def _picture(path: str, size: tuple[int, int] = (30, 40)) -> str:
    Image.fromarray(PIXELS).resize(size).save(path)
    return path


def test_parquet(caption: Run) -> None:
    caption("--out", "out.parquet", "gone.jpg", _picture("a.jpg"), "--candidates", "2")
    table = pq.read_table("out.parquet")
    assert table.schema.equals(answers.SCHEMA)
    first, *others = table.to_pylist()
    assert (first["picture"], first["caption"], first["problem"]) == ("gone.jpg", None, "no such file or directory")
    assert [(row["picture"], row["rank"], row["problem"]) for row in others] == [("a.jpg", 0, None), ("a.jpg", 1, None)]


@pytest.mark.parametrize("out", ["out.json", "out.parquet", "OUT.JSON", "folder"])
def test_a_path_is_written_as_it_was_given(caption: Run, out: str) -> None:
    names = [*STRANGE, OUTSIDE, "gone\x1b.jpg", "nul\0.jpg"]
    for name in names[:-2]:
        _picture(name)
    code, lines, problems = caption(*names, "--out", out)
    assert code == 2
    if out.lower().endswith("json"):
        rows = json.loads(Path(out).read_text(encoding="utf-8"))
    else:
        rows = pq.read_table(out if "." in out else "folder/captions-00000.parquet").to_pylist()
    assert [row["picture"] for row in rows[:6]] == STRANGE
    assert [from_text(row["picture"]).absolute() for row in rows] == [Path(name).absolute() for name in names]
    # On the terminal every picture has one line.
    assert [line.partition(": ")[0] for line in problems] == [r"gone\x1b.jpg", r"nul\x00.jpg"]
    assert len(lines) == (1 if out == "folder" else 1 + len(names) - 2)
    assert all(line.isprintable() for line in [*lines, *problems])


def test_a_page_shows_names_as_they_are(caption: Run) -> None:
    caption("--out", "out.html", _picture("no\xa0break.jpg"), _picture(OUTSIDE), "thin\u200bair.jpg")
    page = Path("out.html").read_text(encoding="utf-8")
    assert ">no\xa0break.jpg</h2>" in page
    assert f">{Path(OUTSIDE).absolute().as_uri()}</h2>" in page
    assert "thin\u200bair.jpg" in page


def test_a_list_of_pictures_can_be_what_was_written(caption: Run) -> None:
    names = [_picture("a.jpg"), _picture(OUTSIDE), _picture("no\xa0break.jpg")]
    caption("--out", "out.json", *names)
    code, lines, problems = caption("out.json")
    assert (code, len(lines), problems) == (0, 4, [])


def test_a_folder_of_captions_is_resumed(caption: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_folder, "SHARD", 2)
    names = [_picture(f"{n}.png", size=(n, 40)) for n in (10, 20, 30)] + ["gone.jpg", _picture("z.png")]
    code, (summary,), problems = caption("--out", "many", *names)
    assert (code, summary) == (2, "many: 4 pictures captioned, 1 left out")
    assert problems == ["gone.jpg: left out: no such file or directory"]
    files = sorted(Path("many").glob("*.parquet"))
    content = [file.read_bytes() for file in files]
    assert [len(pq.read_table(file)) for file in files] == [2, 2, 1]
    files[1].unlink()
    times = files[0].stat().st_mtime_ns
    code, (summary,), problems = caption("--out", "many", *names)
    assert (code, summary) == (2, "many: 1 pictures captioned, 3 were there already, 1 left out")
    assert [file.read_bytes() for file in files] == content
    assert files[0].stat().st_mtime_ns == times
    code, _, (error,) = caption("--out", "many", *names[:-1])
    assert code == 1
    assert error.startswith("artemis caption: many: holds captions of other pictures")


def test_a_picture_that_failed_or_was_replaced_is_tried_again(caption: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    real = File.read
    monkeypatch.setattr(File, "read", lambda file: read.append(str(file)) or real(file))
    _picture("a.jpg")
    _picture("b.jpg", (10, 40))
    Path("broken.jpg").write_bytes(b"half")
    Path("list.csv").write_text("picture\na.jpg\nbroken.jpg\nb.jpg\n")
    assert caption("list.csv", "--out", "res")[0] == 2
    assert caption("list.csv", "--out", "res")[0] == 2
    assert read[3:] == ["broken.jpg"]
    _picture("broken.jpg")
    shutil.copy("a.jpg", "b.jpg")
    code, (summary,), problems = caption("list.csv", "--out", "res")
    assert (code, summary) == (0, "res: 2 pictures captioned, 1 were there already, 0 left out")
    assert problems == []
    rows = pq.read_table("res/captions-00000.parquet").to_pylist()
    assert [row["picture"] for row in rows] == ["a.jpg", "broken.jpg", "b.jpg"]
    assert rows[2]["log_probability"] == pytest.approx(rows[0]["log_probability"], abs=1e-6)
    Path("a.jpg").unlink()
    code, _, (note,) = caption("list.csv", "--out", "res")
    assert code == 0
    assert "a.jpg" in note


@pytest.mark.parametrize(
    ("out", "named"),
    [
        ("", "empty"),
        ("d.json", "d.json: a folder"),
        ("d.json/", "an input"),
        ("notes", "notes: a file"),
        ("notes/out.json", "notes is a file"),
        ("notes/out", "notes is a file"),
        ("list.json", "list.json: an input"),
        (".", "an input"),
        ("data/speaker", "data/speaker: an input"),
        (f"{'long' * 70}.json", "cannot be written"),
    ],
)
def test_an_out_that_cannot_be_is_refused_before_any_work(
    caption: Run, monkeypatch: pytest.MonkeyPatch, out: str, named: str
) -> None:
    monkeypatch.setattr(speaker_captioner, "load", lambda *_, **__: pytest.fail("the work has begun"))
    Path("notes").write_text("mine")
    Path("d.json").mkdir()
    _picture("d.json/a.jpg")
    Path("list.json").write_text('[{"picture": "a.jpg"}]')
    before = sorted(Path().rglob("*"))
    code, lines, (error,) = caption("list.json", "d.json", ".", "--out", out)
    assert (code, lines) == (1, [])
    assert named in error
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("out", ["museum.2024", "v1.2", "museum.old/", "new/er", "there.docx"])
def test_a_folder_may_have_any_name(caption: Run, out: str) -> None:
    Path("there.docx").mkdir()
    code, (summary,), _ = caption("--out", out, _picture("a.jpg"))
    assert (code, summary) == (0, f"{out.rstrip('/')}: 1 pictures captioned, 0 left out")
    assert len(pq.read_table(Path(out) / "captions-00000.parquet")) == 1


@pytest.mark.parametrize("out", ["out.docx", "out.csv", "out.txt"])
def test_a_file_of_an_unknown_kind(caption: Run, out: str) -> None:
    code, lines, (error,) = caption("--out", out, _picture("a.jpg"))
    assert (code, lines) == (1, [])
    assert f"--out {out}: expected a file (.parquet, .json, .html, .jsonld) or a folder" in error


def test_an_empty_name_is_no_folder(caption: Run) -> None:
    _picture("a.jpg")
    code, lines, (error,) = caption("")
    assert (code, lines) == (1, [])
    assert "empty" in error


def test_a_reader_that_stops_reading_does_not_cost_the_file(caption: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = []

    def broken(*given: object, **_: object) -> None:
        printed.append(given)
        raise BrokenPipeError

    monkeypatch.setattr(captioning, "print", broken, raising=False)
    monkeypatch.setattr(captioning, "stop_printing", lambda: None)
    names = [_picture("a.jpg"), _picture("b.jpg")]
    assert caption(*names, "--out", "out.json") == (0, [], [])
    assert [row["picture"] for row in json.loads(Path("out.json").read_text())] == names
    assert len(printed) == 2
