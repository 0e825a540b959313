"""Lists of pictures: files in the order given, folders searched, problems named."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from formats.picture_lists import find, squares
from stages.common.errors import UserError
from stages.common.pictures import decode


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for name in ("b/2.png", "a.JPG", "b/1.webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 6), (10, 200, 30)).save(path)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_files_as_given_and_folders_in_order(album: Path) -> None:
    paths = find([album / "notes.txt", album, album / "gone.jpg"])
    assert [path.relative_to(album).as_posix() for path in paths] == [
        *("notes.txt", "a.JPG", "b/1.webp", "b/2.png", "gone.jpg")
    ]


def test_a_folder_without_a_picture(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no picture in this folder"):
        list(find([tmp_path]))


def test_squares_of_the_readable_files(album: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readable, pixels = squares([album / "b/2.png", album / "notes.txt", album / "a.JPG"], 8, "pad")
    assert readable == [album / "b/2.png", album / "a.JPG"]
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, [decode(path.read_bytes(), 8, "pad") for path in readable])
    assert capsys.readouterr().err == f"{album / 'notes.txt'}: left out: not a picture that Pillow can read\n"


def test_no_readable_file(album: Path) -> None:
    with pytest.raises(UserError, match=r"^no picture left$"):
        squares([album / "notes.txt"], 8, "pad")
