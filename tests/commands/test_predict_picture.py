"""The emotions of pictures of one's own, as a person at a terminal meets them."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from commands import predict_picture
from stages.common.emotions import EMOTIONS, IDS
from stages.common.entry import tool
from stages.image_classifier import classifier
from stages.learning.backbones import Backbone

PIXELS = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)
Ask = Callable[..., tuple[int | str | None, list[str], list[str]]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the tool: exit code (or the last words), lines on stdout, lines on stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int | str | None, list[str], list[str]]:
        monkeypatch.setattr(sys, "argv", ["predict", *arguments])
        with pytest.raises(SystemExit) as ended:
            tool(predict_picture.main)
        said = capsys.readouterr()
        return ended.value.code, said.out.splitlines(), said.err.splitlines()

    return run


def save_classifier(folder: Path = classifier.FOLDER) -> None:
    """One that is always surest of "something else", then of fear."""
    model = classifier.ImageClassifier(Backbone("test_resnet"))
    with torch.no_grad():
        model.head[-1].weight.zero_()
        model.head[-1].bias.copy_(torch.full((9,), 0.01).log())
        model.head[-1].bias[IDS["something else"]] = np.log(0.73)
        model.head[-1].bias[IDS["fear"]] = np.log(0.2)
    classifier.save(model, 32, "crop", folder)


def test_a_table_of_emotions(ask: Ask) -> None:
    save_classifier()
    Path("album").mkdir()
    for name in ("a.png", "album/b.jpg"):
        Image.fromarray(PIXELS).save(name)
    Path("broken.jpg").write_bytes(Path("album/b.jpg").read_bytes()[:300])
    code, (header, *lines), problems = ask("a.png", "broken.jpg", "gone.jpg", "album", "--device", "cpu")
    assert code == 2
    assert header == f"likeliest       {'  '.join(EMOTIONS)}  picture"
    assert [line.partition("something else  ")[2].split() for line in lines] == [
        ["1%", "1%", "1%", "1%", "1%", "1%", "20%", "1%", "73%", name] for name in ("a.png", "album/b.jpg")
    ]
    # Each figure ends where its emotion's name does.
    for emotion, share in zip(EMOTIONS, lines[0].split()[2:], strict=False):
        end = header.rindex(emotion) + len(emotion)
        assert lines[0][:end].endswith(share)
    assert [one.partition(": left out: ")[0] for one in problems] == ["broken.jpg", "gone.jpg"]


def test_all_of_them_readable(ask: Ask) -> None:
    save_classifier(Path("mine"))
    Image.fromarray(PIXELS).save("a.png")
    code, lines, problems = ask("a.png", "--classifier", "mine")
    assert (code, len(lines), problems) == (0, 2, [])


def test_no_classifier(ask: Ask) -> None:
    code, said, _ = ask("a.png")
    told = "data/image_classifier: no image classifier there; `dvc repro image_classifier` trains one"
    assert (code, said) == (told, [])


def test_no_picture(ask: Ask) -> None:
    save_classifier()
    Path("album").mkdir()
    assert ask("album")[0] == "album: no picture in this folder (.jpg, .jpeg, .png, .webp, .tif, .tiff, .bmp, .gif)"
    assert ask("gone.jpg") == ("no picture left", [], ["gone.jpg: left out: no such file or directory"])
