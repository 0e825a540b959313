"""The inventory lists every picture whatever its name, and survives a round trip."""

import hashlib
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageOps

from stages.common import inventory
from stages.common.errors import UserError
from stages.common.inventory import Picture

NAMES = ("b/two.JPG", "a/one.jpeg", 'a/with "quotes"\tand tab.png', "a/line\nend.jpg", "a/joaquã­n-sorolla(1).jpg")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five files with suffixes of pictures and two without."""
    for name in (*NAMES, "a/notes.txt", "a/thumbs.jpg.bak"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


def test_scan_is_sorted_and_exact(folder: Path) -> None:
    scanned = inventory.scan(folder)
    assert [picture.path for picture in scanned] == sorted(NAMES)
    last = scanned[-1]
    digest = hashlib.sha256(b"b/two.JPG").hexdigest()
    assert last == Picture("b/two.JPG", 9, digest, problem="not a picture that Pillow can read")


def test_scan_reads_the_header_of_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (31, 17)).save(tmp_path / "a.png")
    (tmp_path / "b.jpg").touch()
    (tmp_path / "c.jpg").symlink_to("nowhere")
    by_path = {picture.path: picture for picture in inventory.scan(tmp_path)}
    assert (by_path["a.png"].width, by_path["a.png"].height, by_path["a.png"].problem) == (31, 17, None)
    assert by_path["a.png"].bytes == (tmp_path / "a.png").stat().st_size
    assert by_path["b.jpg"] == Picture("b.jpg", 0, hashlib.sha256(b"").hexdigest(), problem="the file is empty")
    assert by_path["c.jpg"] == Picture("c.jpg", 0, "", problem="no such file or directory")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_the_size_is_that_of_the_picture_as_decoded(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.new("RGB", (31, 17)).save(tmp_path / f"a.{suffix}", exif=exif)
    with Image.open(tmp_path / f"a.{suffix}") as image:
        decoded = ImageOps.exif_transpose(image)
    (picture,) = inventory.scan(tmp_path)
    assert (picture.width, picture.height) == decoded.size == ((17, 31) if orientation >= 5 else (31, 17))


@pytest.mark.parametrize("suffix", ["webp", "tif", "TIFF", "bmp", "gif"])
def test_scan_reads_what_the_commands_read(tmp_path: Path, suffix: str) -> None:
    first, second = Image.new("RGB", (31, 17)), Image.new("RGB", (5, 5))
    pages = {"save_all": True, "append_images": [second]} if suffix in ("tif", "TIFF", "gif") else {}
    first.save(tmp_path / f"a.{suffix}", **pages)
    (picture,) = inventory.scan(tmp_path)
    assert (picture.path, picture.width, picture.height, picture.problem) == (f"a.{suffix}", 31, 17, None)


def test_scan_of_nothing_is_empty(tmp_path: Path) -> None:
    assert inventory.scan(tmp_path / "absent") == []


def test_scan_follows_links_once(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("links")
    (root / "images").symlink_to(folder)
    (folder / "a" / "up").symlink_to(folder)
    assert len(inventory.scan(root / "images")) == len(NAMES)


def test_odd_names_survive(folder: Path, tmp_path: Path) -> None:
    pictures = [*inventory.scan(folder), Picture("a/undecodable-\udcff.jpg", 1, "00", 30, 20)]
    inventory.save(pictures, tmp_path / "images.tsv")
    assert inventory.load(tmp_path / "images.tsv") == pictures


HEADER = "path\tbytes\tdigest\twidth\theight\tproblem\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "the first line"),
        ("path\tbytes\n", "the first line"),
        (f"{HEADER}a.jpg\tmany\t00\t1\t1\t\n", "record 1"),
        (f"{HEADER}a.jpg\t1\t00\t1\t1\t\nb.jpg\n", "record 2"),
    ],
)
def test_a_broken_table_is_a_user_error(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "images.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=rf"images\.tsv.*{place}.*make the file again"):
        inventory.load(file)


def test_no_list(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"images\.tsv: no such file; `artemis inventory mine`"):
        inventory.load(tmp_path / "mine/images.tsv")
