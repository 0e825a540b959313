"""Feeding a model: pictures are read as they are asked for, a batch at a time, and answered in order."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands.picture_model import PictureModel, answers
from commands.square_reader import Decoded, Square, SquareReader
from formats.answers import CAPTIONS, Answer, Results, blocks
from formats.picture_lists import Request
from formats.sources.picture import File
from stages.common.errors import UserError
from stages.common.pictures import decode


class Brightness(PictureModel):
    """Calls a picture light or dark."""

    name, batch, metadata = "brightness", 2, None
    results: Results = CAPTIONS
    reader = SquareReader((Square(8, "pad"), Square(4, "squash"), Square(8, "pad")))

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def answer(self, pictures: Sequence[Decoded]) -> Iterator[Answer]:
        self.batches.append([str(picture.request.picture) for picture in pictures])
        for picture in pictures:
            light = float(picture.pixels[0].mean() / 255)
            yield Answer(picture.request.picture, None, emotions={"light": light, "dark": 1 - light})


@pytest.fixture
def requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("a.jpg", "b.webp", "c.png")):
        Image.new("RGB", (6, 6), (80 * number,) * 3).save(name)
    Path("notes.txt").write_text("no picture")
    return [Request(File(name)) for name in ("a.jpg", "notes.txt", "gone.jpg", "b.webp", "c.png")]


def test_answers_in_order_and_problems_in_their_place(requests: list[Request]) -> None:
    model = Brightness()
    found = [(str(answer.picture), answer.problem) for answer in answers(model, requests)]
    assert found == [
        ("a.jpg", None),
        ("notes.txt", "not a picture that Pillow can read"),
        ("gone.jpg", "no such file or directory"),
        ("b.webp", None),
        ("c.png", None),
    ]
    assert [batch for batch in model.batches if batch] == [["a.jpg"], ["b.webp"], ["c.png"]]


def test_pictures_are_read_a_batch_before_they_are_asked_for(
    requests: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, real = [], File.read
    monkeypatch.setattr(File, "read", lambda file: read.append(str(file)) or real(file))
    generated = answers(Brightness(), requests * 10)
    assert read == []
    next(generated)
    assert len(read) <= 2 * Brightness.batch


def test_blocks_of_what_has_emotions(requests: list[Request]) -> None:
    found = [
        ([str(picture) for picture in some], np.rint(10 * shares).astype(int).tolist())
        for some, shares in blocks(answers(Brightness(), requests), 3)
    ]
    assert found == [(["a.jpg"], [[0, 10]]), (["b.webp", "c.png"], [[3, 7], [6, 4]])]


def test_no_readable_picture(requests: list[Request]) -> None:
    with pytest.raises(UserError, match=r"^no picture left$"):
        list(blocks(answers(Brightness(), requests[1:3]), 2))


def test_squares_of_a_picture(requests: list[Request]) -> None:
    content = Path("c.png").read_bytes()
    decoded = Brightness.reader(requests[-1])
    assert isinstance(decoded, Decoded)
    assert decoded.digest == hashlib.sha256(content).hexdigest()
    first, second, third = decoded.pixels
    assert first is third
    np.testing.assert_array_equal(first, decode(content, 8, "pad"))
    np.testing.assert_array_equal(second, decode(content, 4, "squash"))
