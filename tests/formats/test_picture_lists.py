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


def test_linked_folders_are_searched_and_cycles_are_named(
    album: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "3.TIF").touch()
    (album / "c").symlink_to(other)
    (album / "b/up").symlink_to(album)
    paths = [path.relative_to(album).as_posix() for path in find([album])]
    assert paths == ["a.JPG", "b/1.webp", "b/2.png", "c/3.TIF"]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{album}: b/up: ")


def test_pictures_that_are_not_read_are_named(album: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("4.heic", "b/5.heic", "6.svg", "._a.jpg", ".DS_Store"):
        (album / name).touch()
    assert len(list(find([album]))) == 3
    kinds, hidden = capsys.readouterr().err.splitlines()
    assert "2 .heic, 1 .svg" in kinds
    assert "._a.jpg" in hidden


def test_a_folder_of_other_pictures_only(tmp_path: Path) -> None:
    (tmp_path / "a.heic").touch()
    with pytest.raises(UserError, match=r"no picture in this folder.*1 \.heic"):
        list(find([tmp_path]))


def test_a_link_that_leads_nowhere_is_left_out(album: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (album / "room").symlink_to("gone")
    files = list(find([album]))
    readable, _ = squares(files, 8, "pad")
    assert len(readable) == len(files) - 1 == 3
    assert capsys.readouterr().err.startswith(f"{album / 'room'}: left out: no such file")


def test_squares_of_the_readable_files(album: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readable, pixels = squares([album / "b/2.png", album / "notes.txt", album / "a.JPG"], 8, "pad")
    assert readable == [album / "b/2.png", album / "a.JPG"]
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, [decode(path.read_bytes(), 8, "pad") for path in readable])
    assert capsys.readouterr().err == f"{album / 'notes.txt'}: left out: not a picture that Pillow can read\n"


def test_no_readable_file(album: Path) -> None:
    with pytest.raises(UserError, match=r"^no picture left$"):
        squares([album / "notes.txt"], 8, "pad")
