"""Captioning pictures of one's own, as a person at a terminal meets it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from stages.captions import pictures
from stages.common.entry import tool
from tests.captions.test_speaking import DIALS, biased_classifier
from tests.speaker.two_colours import saved

ROOT = Path(__file__).parents[2]
PIXELS = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)
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
            tool(pictures.main)
        said = capsys.readouterr()
        return ended.value.code, said.out.splitlines(), said.err.splitlines()

    return run


def _picture(path: str, mode: str = "RGB", size: tuple[int, int] | None = None) -> str:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(PIXELS).convert(mode)
    (image.resize(size) if size else image).save(file)
    return path


def _truncated(path: str) -> str:
    file = Path(_picture(path))
    file.write_bytes(file.read_bytes()[:900])
    return path


@pytest.mark.parametrize(
    ("name", "mode", "size"),
    [
        ("colour.jpg", "RGB", None),
        ("grey.jpg", "L", None),
        ("print.jpg", "CMYK", None),
        ("palette.png", "P", None),
        ("palette.gif", "P", None),
        ("two-tone.png", "1", None),
        ("transparent.png", "RGBA", None),
        ("dot.png", "RGB", (1, 1)),
        ("dot.jpg", "L", (1, 1)),
        ("ribbon.png", "RGB", (20_000, 1)),
        ("scan.tif", "RGB", None),
        ("sm\u00f8rrebr\u00f8d \u6d77 \u2600.jpg", "RGB", None),
        (f"{'long' * 60}.jpg", "RGB", None),
    ],
)
def test_any_picture_gets_a_caption(caption: Caption, name: str, mode: str, size: tuple[int, int] | None) -> None:
    code, (said,), problems = caption(_picture(name, mode, size))
    assert (code, problems) == (0, [])
    assert said.startswith(f"{name}: ")


def test_a_picture_that_is_none_is_named_and_the_others_are_captioned(caption: Caption) -> None:
    Path("empty.jpg").touch()
    Path("letter.jpg").write_text("Dear museum, ...")
    Path("album.jpg").mkdir()
    _picture("album.jpg/deep/in.JPG")
    files = [_picture("b.jpg"), _truncated("broken.jpg"), "empty.jpg", "letter.jpg", "gone.jpg", _picture("a.jpg")]
    code, said, problems = caption(*files, "album.jpg")
    assert code == 2
    assert [one.partition(": ")[0] for one in said] == ["b.jpg", "a.jpg", "album.jpg/deep/in.JPG"]
    assert [one.partition(": left out: ")[0] for one in problems] == [
        "broken.jpg",
        "empty.jpg",
        "letter.jpg",
        "gone.jpg",
    ]
    assert "truncated" in problems[0]
    assert [one.partition(": left out: ")[2] for one in problems[1:]] == [
        "the file is empty",
        "not a picture that Pillow can read",
        "no such file or directory",
    ]


def test_a_folder_is_searched_in_order(caption: Caption) -> None:
    for name in ("b/2.png", "a/1.jpeg", "b/1.webp", "c.JPG"):
        _picture(f"album/{name}")
    Path("album/notes.txt").write_text("no picture")
    code, said, problems = caption("album")
    assert (code, problems) == (0, [])
    assert [one.partition(": ")[0] for one in said] == [
        f"album/{name}" for name in ("a/1.jpeg", "b/1.webp", "b/2.png", "c.JPG")
    ]


def test_a_picture_has_the_same_caption_alone_and_among_others(caption: Caption) -> None:
    names = [_picture(f"{n}.png", size=(n, 40)) for n in (5, 10, 20, 40)]
    _, together, _ = caption(*names)
    assert [caption(name)[1][0] for name in names] == together


def test_a_folder_without_a_picture(caption: Caption) -> None:
    Path("album").mkdir()
    Path("album/notes.txt").write_text("no picture")
    code, said, _ = caption("album")
    assert code == "album: no picture in this folder (.jpg, .jpeg, .png, .webp, .tif, .tiff, .bmp, .gif)"
    assert said == []


def test_nothing_but_unreadable_files(caption: Caption) -> None:
    code, said, problems = caption("gone.jpg", _truncated("broken.jpg"))
    assert (code, said, len(problems)) == ("no picture left", [], 2)


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
    assert [one.partition(": ")[0] for one in said] == ["a.jpg [something else]", "b.jpg [something else]"]


def test_a_grounded_speaker_asks_the_image_classifier(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    biased_classifier("disgust")
    # Another size and fit than the speaker's.
    code, said, _ = caption("--speaker", "mine", _picture("a.jpg"), _truncated("broken.jpg"), _picture("b.jpg"))
    assert code == 2
    assert [one.partition(": ")[0] for one in said] == ["a.jpg [disgust]", "b.jpg [disgust]"]


def test_a_grounded_speaker_without_an_image_classifier(caption: Caption) -> None:
    saved(Path("mine"), grounded=True)
    code, said, _ = caption("--speaker", "mine", _picture("a.jpg"))
    assert (code, said) == (
        "data/image_classifier: no image classifier there; `dvc repro image_classifier` trains one; or give --emotion",
        [],
    )


def test_no_speaker(caption: Caption) -> None:
    code, _, _ = caption("--speaker", "nobody", _picture("a.jpg"))
    assert code == "nobody: no speaker there (config.json is missing); `dvc repro speaker` trains one"


def test_as_a_command(place: Path) -> None:
    # A name that is no UTF-8, as Latin-1 archives leave it, must not end in a traceback.
    name = os.fsdecode(b"caf\xe9.jpg")
    Image.fromarray(PIXELS).save(name)
    ran = subprocess.run(
        [sys.executable, "-m", "stages.captions.pictures", name, _truncated("broken.jpg")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stdout.startswith(r"caf\udce9.jpg: ")
    (problem,) = ran.stderr.splitlines()
    assert problem.startswith("broken.jpg: left out: ")


def test_help(caption: Caption) -> None:
    code, said, _ = caption("--help")
    assert code == 0
    text = " ".join(" ".join(said).split())
    assert text.startswith(
        "usage: python -m stages.captions.pictures [-h] [--emotion EMOTION] [--speaker FOLDER] PICTURE"
    )
    assert "the exit code is then 2" in text
    assert "something else" in text
