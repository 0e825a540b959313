"""The stage on a folder in which something is wrong with every second picture."""

import hashlib
import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stages.annotations.beside import write_missing
from stages.annotations.tables import save_images
from stages.common.artworks import picture_folder
from stages.common.errors import UserError
from stages.images import twins
from stages.images.__main__ import main
from stages.images.packed import load

FOLDER = Path("data/raw/mine/images")
PARAMS = "dataset: mine\nimages:\n  root: {root}\n  size: 16\n  fit: {fit}\n"


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
    configure()
    return tmp_path


def configure(root: str = "images", fit: str = "squash") -> None:
    Path("params.yaml").write_text(PARAMS.format(root=root, fit=fit), encoding="utf-8")


def test_unreadable_pictures_are_named_and_left_out(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == "2 pictures of 16 x 16, 2 unreadable"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  left out: Cubism/b.jpg: the file is empty"
    assert lines[1].startswith("  left out: Realism/d.jpg: ")
    packed = load()
    assert packed.index["painting"].tolist() == ["a", "c"]
    assert packed.fit == "squash"
    assert packed.pixels.shape == (2, 16, 16, 3)
    expected = np.array([[255, 0, 0], [0, 0, 255]])[:, None, None]
    assert np.abs(packed.pixels.astype(int) - expected).max() <= 2


def test_a_picture_that_went_away_is_told_and_nothing_is_written(workspace: Path) -> None:
    (FOLDER / "Realism/c.jpg").unlink()
    with pytest.raises(UserError, match=r"Realism/c\.jpg: images\.tsv lists this picture, .*No such file.*inventory"):
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
    assert main() == "40 pictures of 16 x 16, 40 of them twins of another, 0 unreadable"
    assert load().pixels[:, 8, 8, 0].tolist() == list(range(40))


def test_twins_that_the_data_set_names(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A red and a blue picture; b is unreadable, and z is of another data set.
    rows = ["Cubism,a,1", "Cubism,b,2", "Realism,c,1", "Realism,z,2"]
    (FOLDER.parent / "twins.csv").write_text("\n".join(["art_style,painting,group", *rows]) + "\n")
    assert main() == "2 pictures of 16 x 16, 2 of them twins of another, 2 unreadable"
    assert "  twins.csv: no picture is packed of 2 of its 4 artworks\n" in capsys.readouterr().out
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
    with pytest.raises(UserError) as caught:
        main()
    assert str(caught.value) == (
        "data/raw/mine/images/Realism/c.jpg: the picture is not the one in images.tsv; if it was replaced on purpose, "
        "`python -m commands.inventory <dataset>` lists the pictures anew"
    )
    assert not Path("data/images/pixels.npy").exists()


def test_a_missing_folder_is_an_error(workspace: Path) -> None:
    configure(root="pictures")
    with pytest.raises(UserError) as caught:
        main()
    told = "there is no such folder, but images.tsv lists pictures in it; see images.root"
    assert str(caught.value) == f"data/raw/mine/pictures: {told}"


def test_no_pictures_need_no_folder(workspace: Path) -> None:
    save_images(pd.DataFrame([], columns=["art_style", "painting", "path", "bytes", "digest"]))
    configure(root="pictures")
    assert main() == "0 pictures of 16 x 16, 0 unreadable"
    assert load().pixels.shape == (0, 16, 16, 3)


def test_the_folder_is_here_or_in_the_main_repository(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert picture_folder("mine", "images") == FOLDER
    monkeypatch.setenv("DVC_ROOT", "/main")
    assert picture_folder("mine", "images") == FOLDER
    assert picture_folder("other", "images") == Path("/main/data/raw/other/images")
    assert picture_folder("other", "/elsewhere") == Path("/elsewhere")


def test_without_room_nothing_is_decoded(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Four pictures of 16 x 16 x 3 bytes.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4 * 768 - 1))
    with pytest.raises(UserError, match="4 packed pictures will take"):
        main()
    assert not Path("data/images").exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4 * 768))
    assert main() == "2 pictures of 16 x 16, 2 unreadable"
