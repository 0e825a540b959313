"""Captioning pictures of one's own, as a person at a terminal meets it."""

import importlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from ruamel.yaml import YAML

from commands import caption as command
from commands import captioner
from formats import answers as outputs
from stages.captions.captioner import speak
from stages.common.emotions import IDS
from stages.common.entry import tool
from tests.captions.test_speaking import DIALS, biased_classifier
from tests.speaker.two_colours import saved

ROOT = Path(__file__).parents[2]
PIXELS = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)
# The first bytes of a phone's picture.
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
Caption = Callable[..., tuple[int | str | None, list[str], list[str]]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with params.yaml and a plain speaker."""
    monkeypatch.chdir(tmp_path)
    YAML().dump({"device": "cpu", "captions": DIALS}, Path("params.yaml"))
    saved(Path("data/speaker"))
    return tmp_path


@pytest.fixture
def caption(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Caption:
    """Run the tool: exit code (or the last words), lines on stdout, lines on stderr."""

    def run(*arguments: str) -> tuple[int | str | None, list[str], list[str]]:
        monkeypatch.setattr(sys, "argv", ["pictures", *arguments])
        with pytest.raises(SystemExit) as ended:
            tool(command.main)
        said = capsys.readouterr()
        return ended.value.code, said.out.splitlines(), said.err.splitlines()

    return run


def _names(said: list[str]) -> list[str]:
    """The pictures in a table."""
    return [line.split()[0] for line in said[1:]]


def _picture(path: str, mode: str = "RGB", size: tuple[int, int] | None = None) -> str:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(PIXELS).convert(mode)
    (image.resize(size) if size else image).save(file)
    return path


def _changed(name: str, image: Image.Image, **options: Any) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    image.save(name, **options)
    return name


def _truncated(path: str) -> str:
    file = Path(_picture(path))
    file.write_bytes(file.read_bytes()[:900])
    return path


def _bytes(path: str, content: bytes) -> str:
    Path(path).write_bytes(content)
    return path


def _frames() -> list[Image.Image]:
    return [Image.fromarray(np.roll(PIXELS, shift, 0)) for shift in range(3)]


# What makes each file, and what is said of it: None where it gets a caption.
FILES: dict[str, tuple[Callable[[str], str], str | None]] = {
    "colour.jpg": (_picture, None),
    "grey.jpg": (lambda name: _picture(name, "L"), None),
    "print.jpg": (lambda name: _picture(name, "CMYK"), None),
    "palette.png": (lambda name: _picture(name, "P"), None),
    "two-tone.png": (lambda name: _picture(name, "1"), None),
    "transparent.png": (lambda name: _picture(name, "RGBA"), None),
    "deep.png": (lambda name: _changed(name, Image.fromarray(PIXELS[:, :, 0].astype(np.uint16) * 257)), None),
    "deep.tif": (lambda name: _changed(name, Image.fromarray(PIXELS[:, :, 0].astype(np.float32) / 255)), None),
    "moving.gif": (lambda name: _changed(name, _frames()[0], save_all=True, append_images=_frames()[1:]), None),
    "moving.png": (lambda name: _changed(name, _frames()[0], save_all=True, append_images=_frames()[1:]), None),
    "dot.png": (lambda name: _picture(name, "RGB", (1, 1)), None),
    "dot.jpg": (lambda name: _picture(name, "L", (1, 1)), None),
    "ribbon.png": (lambda name: _picture(name, "RGB", (20_000, 1)), None),
    "wide.jpg": (lambda name: _picture(name, "L", (20_000, 40)), None),
    "really-a-png.jpg": (lambda name: _changed(name, Image.fromarray(PIXELS), format="PNG"), None),
    "sm\u00f8rrebr\u00f8d \u6d77 \u2600.jpg": (_picture, None),
    f"{'long' * 60}.jpg": (_picture, None),
    "empty.jpg": (lambda name: _bytes(name, b""), "the file is empty"),
    "letter.jpg": (lambda name: _bytes(name, b"Dear museum, ..."), "not a picture that Pillow can read"),
    "phone.jpg": (lambda name: _bytes(name, HEIC), "not a picture that Pillow can read"),
    "broken.jpg": (_truncated, "truncated"),
    "gone.jpg": (str, "no such file or directory"),
}


@pytest.mark.parametrize("name", FILES)
def test_every_file_gets_a_caption_or_a_reason_and_the_next_one_its_caption(caption: Caption, name: str) -> None:
    make, problem = FILES[name]
    code, said, problems = caption(make(name), _picture("after.jpg"))
    assert said[-1].split()[0] == "after.jpg"
    if problem is None:
        assert (code, problems, len(said)) == (0, [], 3)
        assert said[1].partition("  ")[0].endswith(name[-10:])
    else:
        assert (code, len(said), len(problems)) == (2, 2, 1)
        assert problems[0].startswith(f"{name}: left out: ")
        assert problem in problems[0]


def test_the_table(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    names = [_picture("a.jpg"), _picture("hall/b.jpg")]
    code, said, _ = caption("--speaker", "mine", "--emotion", "something else", "--candidates", "2", *names)
    assert code == 0
    assert said[0] == "picture     emotion           log p  caption"
    assert said[1].startswith("a.jpg       something else   -")
    assert said[2].startswith("            something else   -")
    assert said[3].startswith("hall/b.jpg  something else   -")


def test_a_name_cannot_reach_the_terminal(caption: Caption) -> None:
    _, said, problems = caption(_picture("red\x1b[31m.jpg"), "gone\n.jpg")
    assert said[1].startswith(r"red\x1b[31m.jpg")
    assert problems == [r"gone\n.jpg: left out: no such file or directory"]


def test_a_folder_is_searched_in_order(caption: Caption) -> None:
    for name in ("b/2.png", "a/1.jpeg", "b/1.webp", "c.JPG"):
        _picture(f"album/{name}")
    Path("album/notes.txt").write_text("no picture")
    code, said, problems = caption("album")
    assert (code, problems) == (0, [])
    assert _names(said) == [f"album/{name}" for name in ("a/1.jpeg", "b/1.webp", "b/2.png", "c.JPG")]


def test_a_picture_has_the_same_caption_alone_and_among_others(
    caption: Caption, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [_picture(f"{n}.png", size=(n, 40)) for n in (10, 20, 30, 40)]
    _, together, _ = caption(*names)
    assert [caption(name)[1][1] for name in names] == together[1:]
    monkeypatch.setattr(captioner, "BATCH", 3)
    assert caption(*names)[1] == together


def test_a_csv_lists_pictures_and_emotions(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    biased_classifier("disgust")
    _picture("hall/a.jpg")
    _picture("hall/b.jpg")
    Path("hall/list.csv").write_text("image_file,grounding_emotion\na.jpg,awe\nlost.jpg,fear\nb.jpg,\n")
    code, said, problems = caption("--speaker", "mine", "hall/list.csv", "--out", "said.json")
    assert code == 2
    assert [one.split()[:2] for one in said[1:]] == [["hall/a.jpg", "awe"], ["hall/b.jpg", "disgust"]]
    assert problems == ["hall/lost.jpg: left out: no such file or directory"]
    rows = json.loads(Path("said.json").read_text())
    assert [row.get("emotion_source") for row in rows] == ["person", None, "image_classifier"]
    assert rows[0]["emotions"]["disgust"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name\na.jpg\n", "list.csv: lists no pictures; a CSV needs a header with picture or image_file, and rows"),
        ("", "list.csv: lists no pictures; a CSV needs a header with picture or image_file, and rows"),
        ("picture,emotion\na.jpg,joy\n", "list.csv, line 2: 'joy' is none of the emotions; allowed: amusement, awe"),
        ("picture\n\udce9.jpg\n", "list.csv: not readable as a CSV in UTF-8"),
    ],
)
def test_a_csv_that_is_none(caption: Caption, content: str, told: str) -> None:
    Path("list.csv").write_text(content, errors="surrogateescape")
    code, said, _ = caption("list.csv")
    assert str(code).startswith(told)
    assert said == []


def test_all_nine_emotions(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    biased_classifier("fear")
    _, said, _ = caption("--speaker", "mine", "--emotion", "all", _picture("a.jpg"))
    assert said[1].split()[1] == "fear"
    assert len(said) == 10


def test_parquet(caption: Caption) -> None:
    caption("--out", "said.parquet", "gone.jpg", _picture("a.jpg"), "--candidates", "2")
    table = pq.read_table("said.parquet")
    assert table.schema.equals(outputs.SCHEMA)
    first, *others = table.to_pylist()
    assert (first["picture"], first["caption"], first["problem"]) == ("gone.jpg", None, "no such file or directory")
    assert [(one["picture"], one["rank"], one["problem"]) for one in others] == [("a.jpg", 0, None), ("a.jpg", 1, None)]


def test_a_folder_of_captions_is_taken_up_where_it_was_left(caption: Caption, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "SHARD", 2)
    names = [_picture(f"{n}.png", size=(n, 40)) for n in (10, 20, 30)] + ["gone.jpg", _picture("z.png")]
    code, (said,), problems = caption("--out", "many", *names)
    assert (code, said) == (2, "many: 4 pictures captioned, 1 left out")
    assert problems == ["gone.jpg: left out: no such file or directory"]
    files = sorted(Path("many").glob("*.parquet"))
    content = [file.read_bytes() for file in files]
    assert [len(pq.read_table(file)) for file in files] == [2, 2, 1]
    files[1].unlink()
    times = files[0].stat().st_mtime_ns
    assert caption("--out", "many", *names)[:2] == (2, [said])
    assert [file.read_bytes() for file in files] == content
    assert files[0].stat().st_mtime_ns == times
    code, _, _ = caption("--out", "many", *names[:-1])
    assert code == "many: holds captions of other pictures, or made in another manner; choose another folder"


def test_an_out_of_another_kind(caption: Caption) -> None:
    code, _, (*_, last) = caption("--out", "said.docx", _picture("a.jpg"))
    assert code == 2
    assert "'said.docx': allowed are .parquet, .json, .html and a folder" in last


def test_a_folder_without_a_picture(caption: Caption) -> None:
    Path("album").mkdir()
    Path("album/notes.txt").write_text("no picture")
    code, said, _ = caption("album")
    assert code == "album: no picture in this folder (.jpg, .jpeg, .png, .webp, .tif, .tiff, .bmp, .gif)"
    assert said == []


def test_nothing_but_unreadable_files(caption: Caption) -> None:
    code, said, problems = caption("gone.jpg", _truncated("broken.jpg"))
    assert (code, said, len(problems)) == ("no picture left to caption", [], 2)


def test_an_emotion_for_a_plain_speaker(caption: Caption) -> None:
    code, said, _ = caption("--emotion", "awe", _picture("a.jpg"))
    assert (code, said) == ("data/speaker: a plain speaker, which takes no --emotion; leave it out", [])


def test_an_emotion_that_is_none(caption: Caption) -> None:
    code, _, (*_, last) = caption("--emotion", "boredom", _picture("a.jpg"))
    assert code == 2
    assert "argument --emotion: invalid choice: 'boredom'" in last


def test_a_grounded_speaker_with_an_emotion(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    code, said, _ = caption("--speaker", "mine", "--emotion", "something else", _picture("a.jpg"), _picture("b.jpg"))
    assert code == 0
    assert [one.split()[1] for one in said[1:]] == ["something", "something"]


def test_a_grounded_speaker_asks_the_image_classifier(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    biased_classifier("disgust")
    # Another size and fit than the speaker's.
    code, said, _ = caption("--speaker", "mine", _picture("a.jpg"), _truncated("broken.jpg"), _picture("b.jpg"))
    assert code == 2
    assert [one.split()[:2] for one in said[1:]] == [["a.jpg", "disgust"], ["b.jpg", "disgust"]]


def test_a_grounded_speaker_without_an_image_classifier(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    code, said, _ = caption("--speaker", "mine", _picture("a.jpg"))
    assert (code, said) == (
        "data/image_classifier: no image classifier there; `dvc repro image_classifier` trains one; or give --emotion",
        [],
    )


def test_no_emotion_for_a_speaker_that_can_do_without(caption: Caption) -> None:
    saved(Path("mine"), grounded=True, emo_dropout=0.1)
    _picture("a.jpg")
    _picture("b.jpg")
    Path("list.csv").write_text("picture,emotion\na.jpg,\nb.jpg,awe\n")
    code, _, problems = caption("--speaker", "mine", "--emotion", "none", "list.csv", "--out", "said.json")
    assert (code, problems) == (0, [])
    # What the CSV asks for counts more.
    rows = json.loads(Path("said.json").read_text())
    told = [(row["grounding_emotion"], row["emotion_source"]) for row in rows]
    assert told == [(None, None), ("awe", "person")]


def test_no_emotion_for_a_speaker_that_needs_one(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    code, _, _ = caption("--speaker", "mine", "--emotion", "none", _picture("a.jpg"))
    assert code == (
        "mine: the speaker needs an emotion; one that can do without is trained with speaker.emo_dropout above 0"
    )


def test_a_speaker_of_distributions_is_told_what_the_classifier_expects(
    caption: Caption, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(Path("mine"), grounded=True, emo_from="artwork")
    biased_classifier("disgust", by=2.0)
    told: list[np.ndarray] = []
    monkeypatch.setattr(captioner, "speak", lambda *given: told.append(given[2]) or speak(*given))
    code, (_, said), _ = caption("--speaker", "mine", _picture("a.jpg"), "--out", "page.html")
    assert (code, said.split()[1]) == (0, "disgust")
    assert told[0][0, 0].sum() == pytest.approx(1, abs=1e-5)
    assert 0.3 < told[0][0, 0, IDS["disgust"]] < 0.8
    page = " ".join(Path("page.html").read_text().split())
    assert (
        "<strong>disgust</strong>, most of all: it was told how likely the image classifier finds each emotion;" in page
    )


def test_a_guidance_that_the_speaker_cannot_follow(caption: Caption) -> None:
    YAML().dump({"device": "cpu", "captions": DIALS | {"guidance": 2.0}}, Path("params.yaml"))
    code, said, _ = caption(_picture("a.jpg"))
    assert str(code).startswith("captions.guidance is 2, but the speaker has not learnt to speak both with an emotion")
    assert said == []


def test_no_speaker(caption: Caption) -> None:
    code, _, _ = caption("--speaker", "nobody", _picture("a.jpg"))
    assert code == "nobody: no speaker there (config.json is missing); `dvc repro speaker` trains one"


def test_as_a_command(place: Path) -> None:
    # A name that is no UTF-8, as Latin-1 archives leave it, must not end in a traceback.
    name = os.fsdecode(b"caf\xe9.jpg")
    Image.fromarray(PIXELS).save(name)
    ran = subprocess.run(
        [sys.executable, "-m", "commands.caption", name, _truncated("broken.jpg")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stdout.splitlines()[1].startswith(r"caf\udce9.jpg  ")
    (problem,) = ran.stderr.splitlines()
    assert problem.startswith("broken.jpg: left out: ")


def test_the_command_caption_is_this_tool() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, name = scripts["caption"].partition(":")
    assert getattr(importlib.import_module(module), name) is caption.command


def test_help(caption: Caption) -> None:
    code, said, _ = caption("--help")
    assert code == 0
    text = " ".join(" ".join(said).split())
    assert text.startswith(
        "usage: python -m commands.caption [-h] [--emotion EMOTION] [--candidates N] [--speaker FOLDER]"
    )
    assert "the exit code is then 2" in text
    assert "something else" in text
    assert "or none (if it was trained with speaker.emo_dropout)" in text
    assert "one that was trained with speaker.emo_from: artwork is told how likely it finds all nine" in text
