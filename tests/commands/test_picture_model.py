"""Feeding a model: pictures are read as they are asked for, a batch at a time, and answered in order."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from commands.picture_model import PictureModel, Taken, answers
from commands.spent import Spent
from commands.squares import Square, SquareDecoder
from formats.answers import CAPTIONS, Answer, Results, blocks
from formats.picture_lists import Request
from formats.sources.fetch import Unreachable
from formats.sources.picture import File
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture, decode


class Brightness(PictureModel):
    """Calls a picture light or dark."""

    name, batch, metadata = "brightness", 2, None
    results: Results = CAPTIONS
    decoder = SquareDecoder((Square(8, "pad"), Square(4, "squash"), Square(8, "pad")))

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def answer(self, pictures: Sequence[Taken], spent: Spent) -> Iterator[Answer]:
        self.batches.append([str(each.request.picture) for each in pictures])
        for each in pictures:
            light = float(each.picture[0].mean() / 255)
            yield Answer(each.request.picture, None, emotions={"light": light, "dark": 1 - light}, digest=each.digest)


@pytest.fixture
def requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("a.jpg", "b.webp", "c.png")):
        Image.new("RGB", (6, 6), (80 * number,) * 3).save(name)
    Path("notes.txt").write_text("no picture")
    return [Request(File(name)) for name in ("a.jpg", "notes.txt", "gone.jpg", "b.webp", "c.png")]


def test_answers_in_order_and_problems_in_their_place(requests: list[Request]) -> None:
    model = Brightness()
    found = list(answers(model, requests, Spent()))
    assert [(str(answer.picture), answer.problem) for answer in found] == [
        ("a.jpg", None),
        ("notes.txt", "not a picture that Pillow can read"),
        ("gone.jpg", "no such file or directory"),
        ("b.webp", None),
        ("c.png", None),
    ]
    assert model.batches == [["a.jpg"], ["b.webp"], ["c.png"]]
    assert found[0].digest == hashlib.sha256(Path("a.jpg").read_bytes()).hexdigest()
    assert [answer.version for answer in found] == [request.picture.version() for request in requests]


@pytest.mark.parametrize("cores", ["1", "2"])
def test_pictures_are_read_a_batch_ahead(requests: list[Request], monkeypatch: pytest.MonkeyPatch, cores: str) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", cores)
    read, real = [], File.read
    monkeypatch.setattr(File, "read", lambda file: read.append(str(file)) or real(file))
    generated = answers(Brightness(), requests * 10, Spent())
    assert read == []
    next(generated)
    generated.close()
    assert len(read) <= 2 * Brightness.batch


@pytest.mark.parametrize(("cores", "beside", "part"), [("1", False, "decode between batches"), ("2", True, "decode")])
def test_on_one_core_nothing_is_decoded_beside_the_model(
    requests: list[Request], monkeypatch: pytest.MonkeyPatch, cores: str, beside: bool, part: str
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", cores)
    model, spent, found = Brightness(), Spent(), set()

    class Noting(Brightness):
        def decoder(self, content: bytes) -> Any:  # type: ignore[override]
            found.add(threading.current_thread() is not threading.main_thread())
            return model.decoder(content)

    assert len(list(answers(Noting(), requests * 4, spent))) == 20
    assert found == {beside}
    assert set(spent.seconds) == {"read", "wait for pictures", part}


def test_an_unreachable_server_is_told_apart(monkeypatch: pytest.MonkeyPatch, requests: list[Request]) -> None:
    def read(file: File) -> bytes:
        raise Unreachable("no answer") if str(file) == "a.jpg" else UnreadablePicture("no picture")

    monkeypatch.setattr(File, "read", read)
    assert [answer.unreachable for answer in answers(Brightness(), requests[:2], Spent())] == [True, False]


def test_blocks_of_what_has_emotions(requests: list[Request]) -> None:
    found = [
        ([str(picture) for picture in some], np.rint(10 * shares).astype(int).tolist())
        for some, shares in blocks(answers(Brightness(), requests, Spent()), 3)
    ]
    assert found == [(["a.jpg"], [[0, 10]]), (["b.webp", "c.png"], [[3, 7], [6, 4]])]


def test_no_readable_picture(requests: list[Request]) -> None:
    with pytest.raises(UserError, match=r"^no picture left$"):
        list(blocks(answers(Brightness(), requests[1:3], Spent()), 2))


def test_squares_of_a_picture(requests: list[Request]) -> None:
    content = Path("c.png").read_bytes()
    first, second, third = Brightness.decoder(content)
    assert first is third
    np.testing.assert_array_equal(first, decode(content, 8, "pad"))
    np.testing.assert_array_equal(second, decode(content, 4, "squash"))
