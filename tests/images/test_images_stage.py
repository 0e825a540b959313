"""The stage on a folder in which every second picture is unreadable."""

import hashlib
import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stages.annotations.metadata import write_missing
from stages.annotations.tables import save_images
from stages.common import inventory
from stages.common.artworks import picture_folder
from stages.common.errors import UserError
from stages.images import twins
from stages.images.__main__ import main
from stages.images.packed import load
from tests.tiffs import tiff

FOLDER = Path("data/raw/mine/images")
PARAMS = "dataset: mine\nimages:\n  size: 16\n  fit: squash\n"


def jpeg(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


CONTENTS = {
    "Cubism/a.jpg": jpeg("red"),
    "Cubism/b.jpg": b"",
    "Realism/c.jpg": jpeg("blue"),
    "Realism/d.jpg": jpeg("red")[:300],
}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    rows = []
    for path, content in CONTENTS.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_bytes(content)
        style, _, name = path.partition("/")
        rows.append([style, name.removesuffix(".jpg"), path, len(content), hashlib.sha256(content).hexdigest()])
    save_images(pd.DataFrame(rows, columns=["art_style", "painting", "path", "bytes", "digest"]))
    write_missing(FOLDER.parent)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    return tmp_path


def test_unreadable_pictures_are_named_and_skipped(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == "2 pictures of 16 x 16, 2 unreadable"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  skipped: Cubism/b.jpg: the file is empty"
    assert lines[1].startswith("  skipped: Realism/d.jpg: ")
    packed = load()
    assert packed.index["painting"].tolist() == ["a", "c"]
    assert packed.fit == "squash"
    assert packed.pixels.shape == (2, 16, 16, 3)
    expected = np.array([[255, 0, 0], [0, 0, 255]])[:, None, None]
    assert np.abs(packed.pixels.astype(int) - expected).max() <= 2


def test_pictures_of_every_kind_are_packed_and_twins_are_found(workspace: Path) -> None:
    """One painting as each kind of file, and as a deep TIFF whose zero is white; the first of two pages counts."""
    values = np.random.default_rng(3).integers(0, 256, (24, 24), dtype=np.uint8)
    painting, other = Image.fromarray(values), Image.fromarray(values.T.copy())
    for style in FOLDER.iterdir():
        shutil.rmtree(style)
    for suffix in ("png", "webp", "tif", "TIFF", "bmp", "gif"):
        pages = {"save_all": True, "append_images": [other]} if suffix in ("tif", "gif") else {}
        options = {"lossless": True} if suffix == "webp" else {}
        (FOLDER / suffix).mkdir()
        painting.convert("RGB" if suffix == "webp" else "L").save(FOLDER / suffix / f"a.{suffix}", **pages, **options)
    (FOLDER / "deep").mkdir()
    (FOLDER / "deep/a.tif").write_bytes(tiff(65535 - values.astype(np.uint16) * 257, photometric=0))
    listed = [(picture.path.partition("/")[0], "a", *picture) for picture in inventory.scan(FOLDER)]
    save_images(pd.DataFrame(listed, columns=["art_style", "painting", *inventory.Picture._fields]))
    assert main() == "7 pictures of 16 x 16, 7 of them with a twin, 0 unreadable"
    pixels = load().pixels
    assert (pixels == pixels[0]).all()


def test_a_missing_picture_is_an_error_and_nothing_is_written(workspace: Path) -> None:
    (FOLDER / "Realism/c.jpg").unlink()
    with pytest.raises(UserError, match=r"Realism/c\.jpg: listed in images\.tsv, .*No such file.*inventory"):
        main()
    assert not (workspace / "data/images").exists() or not list((workspace / "data/images").glob("*.npy"))


def test_pixels_follow_the_index_however_many_threads_decode(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = []
    for number in range(40):
        path = f"Cubism/{number:02}.png"
        Image.new("RGB", (3 + number, 3), (number, 0, 0)).save(FOLDER / path)
        rows.append(["Cubism", f"{number:02}", path, 0, hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()])
    save_images(pd.DataFrame(rows, columns=["art_style", "painting", "path", "bytes", "digest"]))
    monkeypatch.setattr("stages.images.__main__.usable_cores", lambda: 4)
    monkeypatch.setattr("stages.images.__main__.AHEAD", 7)
    assert main() == "40 pictures of 16 x 16, 40 of them with a twin, 0 unreadable"
    assert load().pixels[:, 8, 8, 0].tolist() == list(range(40))


def test_twins_that_the_data_set_names(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # a is red and c is blue; b is unreadable, and z is not in the data set.
    rows = ["Cubism,a,1", "Cubism,b,2", "Realism,c,1", "Realism,z,2"]
    (FOLDER.parent / "twins.csv").write_text("\n".join(["art_style,painting,group", *rows]) + "\n")
    assert main() == "2 pictures of 16 x 16, 2 of them with a twin, 2 unreadable"
    assert "  twins.csv: 2 of its 4 artworks have no readable picture\n" in capsys.readouterr().out
    assert twins.load().to_numpy().tolist() == [["Cubism", "a", 0], ["Realism", "c", 0]]


def test_two_runs_write_the_same_bytes(workspace: Path) -> None:
    contents = []
    for _ in range(2):
        main()
        contents.append([path.read_bytes() for path in sorted(Path("data/images").iterdir())])
    assert len(contents[0]) == 3
    assert contents[0] == contents[1]


def test_a_changed_picture_is_an_error(workspace: Path) -> None:
    (FOLDER / "Realism/c.jpg").write_bytes(jpeg("green"))
    with pytest.raises(UserError, match=r"data/raw/mine/images/Realism/c\.jpg: differs .*images\.tsv.*inventory"):
        main()
    assert not Path("data/images/pixels.npy").exists()


def test_a_missing_folder_is_an_error(workspace: Path) -> None:
    shutil.rmtree(FOLDER)
    with pytest.raises(UserError, match=r"data/raw/mine/images: no such folder, but images\.tsv lists pictures in it"):
        main()


def test_no_pictures_need_no_folder(workspace: Path) -> None:
    save_images(pd.DataFrame([], columns=["art_style", "painting", "path", "bytes", "digest"]))
    shutil.rmtree(FOLDER)
    assert main() == "0 pictures of 16 x 16, 0 unreadable"
    assert load().pixels.shape == (0, 16, 16, 3)


def test_the_folder_is_here_or_in_the_main_repository(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert picture_folder("mine") == FOLDER
    monkeypatch.setenv("DVC_ROOT", "/main")
    assert picture_folder("mine") == FOLDER
    assert picture_folder("other") == Path("/main/data/raw/other/images")


def test_nothing_is_decoded_without_disk_space(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Four pictures of 16 x 16 x 3 bytes.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4 * 768 - 1))
    with pytest.raises(UserError, match="4 packed pictures"):
        main()
    assert not Path("data/images").exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4 * 768))
    assert main() == "2 pictures of 16 x 16, 2 unreadable"
