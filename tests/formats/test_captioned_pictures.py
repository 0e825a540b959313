"""Captions of picture files as a data set: how a name leads to a file, and what is told or refused."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.captioned_pictures import Caption, LeftOut
from formats.dataset_card import Card
from formats.picture_finder import Finder
from formats.raw_pictures import Fault
from stages.annotations.__main__ import main
from stages.annotations.tables import PICTURE_PATH
from stages.common import inventory
from stages.common.errors import UserError
from stages.common.params import read as read_yaml
from stages.common.picture_folders import OF_SYSTEMS
from stages.common.text_files import csv_records
from tests.formats.imports import FOLDER, album, imported, left_out, links, picture, table
from tests.study import ROOT


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def captions(*names: str) -> list[Caption]:
    """A caption of each picture, in order: "1", "2", ..."""
    return [Caption(f"row {number}", name, str(number)) for number, name in enumerate(names, start=1)]


def test_the_style_is_the_folder_of_the_picture() -> None:
    images = album(Path("album"), "a.jpg", "Cubism/b.c.PNG", "Cubism/late/d.jpg")
    summary = imported(captions("a.jpg", "Cubism/b.c.PNG", "Cubism/late/d.jpg"), images)
    assert table("annotations.csv") == [["mine", "a", "1"], ["Cubism", "b.c", "2"], ["Cubism_late", "d", "3"]]
    assert links() == ["Cubism/b.c.PNG", "Cubism_late/d.jpg", "mine/a.jpg"]
    assert (FOLDER / "images/Cubism/b.c.PNG").readlink() == (images / "Cubism/b.c.PNG").absolute()
    assert summary.splitlines()[0] == "data/raw/mine: 3 rows in, 3 kept, 3 pictures"


def test_an_artwork_that_the_file_names() -> None:
    row = Caption("row 1", "a.jpg", "a cat", art_style="Op Art/New", painting="..")
    imported([row], album(Path("album"), "a.jpg"))
    assert table("annotations.csv") == [["Op Art_New", "_.", "a cat"]]
    assert links() == ["Op Art_New/_..jpg"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("sub/a.jpg", "sub/a.jpg"),
        ("./sub//a.jpg", "sub/a.jpg"),
        ("sub\\a.jpg", "sub/a.jpg"),
        ("C:\\pictures\\sub\\a.jpg", "sub/a.jpg"),
        ("/home/ann/pictures/sub/a.jpg", "sub/a.jpg"),
        ("../pictures/sub/a.jpg", "sub/a.jpg"),
        ("a.jpg", "sub/a.jpg"),
        ("./a.jpg", "sub/a.jpg"),
        ("back\\slash.jpg", "back\\slash.jpg"),
        ("other/e\u0301.jpg", "other/\xe9.jpg"),
        ("e\u0301.jpg", "other/\xe9.jpg"),
    ],
)
def test_a_name_and_its_picture(name: str, path: str) -> None:
    names = ("sub/a.jpg", "sub/twice.jpg", "other/twice.jpg", "other/\xe9.jpg", "back\\slash.jpg")
    assert Finder(album(Path("album"), *names)).find(name) == path


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("other/a.jpg", "no such picture"),
        ("SUB/a.jpg", "no such picture"),
        ("sub/a", "no such picture"),
        ("", "no such picture"),
        ("../album.jpg", "no such picture"),
        ("/etc/passwd", "no such picture"),
        ("sub/../../album.jpg", "no such picture"),
        ("nul\0.jpg", "no such picture"),
        ("twice.jpg", "several pictures of this name"),
    ],
)
def test_a_name_without_a_picture(name: str, reason: str) -> None:
    album(Path(), "album.jpg")
    found = Finder(album(Path("album"), "sub/a.jpg", "sub/twice.jpg", "other/twice.jpg")).find(name)
    assert isinstance(found, Fault)
    assert found.reason == reason


def test_two_names_that_lead_to_one_picture_are_refused() -> None:
    finder = Finder(album(Path("album"), "1.jpg"))
    assert finder.find("train/1.jpg") == finder.find("./train/1.jpg") == "1.jpg"
    with pytest.raises(UserError, match=r"album/1\.jpg.*train/1\.jpg and val/1\.jpg"):
        finder.find("val/1.jpg")


def test_spellings_that_differ_in_unicode_only_are_files_of_their_own() -> None:
    images = album(Path("album"), "caf\xe9.jpg", "cafe\u0301.jpg")
    if len(list(images.iterdir())) == 1:
        pytest.skip("this file system takes both spellings for one name")
    imported(captions("caf\xe9.jpg", "cafe\u0301.jpg"), images)
    assert [row[1] for row in table("annotations.csv")] == ["caf\xe9", "cafe\u0301"]
    assert len(links()) == 2


def test_whatever_is_left_out_is_told() -> None:
    images = album(Path("album"), "a.jpg", "b.jpg", "unused.jpg")
    rows = [
        *captions("a.jpg", "gone.jpg", "b.jpg"),
        LeftOut("row 4", "no such image_id", "7"),
        Caption("row 5", "b.jpg", " \u200b"),
        Caption("row 6", "a.jpg", "half \ud800"),
    ]
    summary = imported(rows, images)
    assert table("annotations.csv") == [["mine", "a", "1"], ["mine", "b", "3"]]
    assert left_out() == [
        ["row 2", "no such picture", "gone.jpg"],
        ["row 4", "no such image_id", "7"],
        ["row 5", "empty caption", ""],
        ["row 6", "not UTF-8", "'half \\ud800'"],
        ["album/unused.jpg", "no caption", ""],
    ]
    assert summary.splitlines()[0] == (
        "data/raw/mine: 6 rows in, 2 kept, 2 pictures, 4 rows left out (1 no such picture, 1 no such image_id, "
        "1 empty caption, 1 not UTF-8), 1 files left out (1 no caption), see data/raw/mine/left_out.tsv"
    )


def test_rows_without_an_emotion_among_others() -> None:
    images = album(Path("album"), "a.jpg")
    rows = [Caption(f"row {emotion}", "a.jpg", "a cat", emotion) for emotion in ("awe", None, " ", " fear ")]
    imported(rows, images)
    assert [row[2] for row in table("annotations.csv")] == ["awe", "fear"]
    assert [row[:2] for row in left_out()] == [["row None", "no emotion"], ["row  ", "no emotion"]]


def test_a_picture_that_is_damaged_is_counted() -> None:
    images = album(Path("album"), "a.jpg", "b.jpg")
    (images / "b.jpg").write_bytes(b"\xff\xd8\xff damaged")
    assert "2 kept, 2 pictures, 1 of them unreadable" in imported(captions("a.jpg", "b.jpg"), images)


@pytest.mark.parametrize(
    "name", ["https://example.org/a.jpg", "HTTP://x/a.jpg", "s3://bucket/a.jpg", "data:image/png;base64,iVBORw0KGgo="]
)
def test_a_picture_that_is_no_file_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"row 2: .*pictures must be files"):
        imported(captions("a.jpg", name), album(Path("album"), "a.jpg"))
    assert not FOLDER.parent.exists()


def test_the_uri_of_a_file_is_its_name() -> None:
    images = album(Path("album"), "caf\xe9.jpg")
    imported(captions((images / "caf\xe9.jpg").absolute().as_uri()), images)
    assert table("annotations.csv") == [["mine", "caf\xe9", "1"]]


def test_a_name_that_is_not_utf_8_is_told() -> None:
    images = album(Path("album"), "a.jpg", "b\udce9.jpg")
    imported(captions("a.jpg", "b\udce9.jpg"), images)
    assert [row[1] for row in left_out()] == ["not UTF-8"]


def test_without_any_of_the_pictures_both_names_are_shown() -> None:
    with pytest.raises(UserError, match=r"none of its 2 pictures is in album; the first is 'x/1\.jpg'.*'a\.png'"):
        imported(captions("x/1.jpg", "x/2.jpg", "x/2.jpg"), album(Path("album"), "a.png"))
    assert not FOLDER.parent.exists()


def test_a_file_without_captions() -> None:
    with pytest.raises(UserError, match="captions: no captions"):
        imported([], album(Path("album"), "a.jpg"))


def test_a_folder_without_pictures() -> None:
    Path("album").mkdir()
    (Path("album") / "a.heic").touch()
    for folder, named in (("album", r"album: no picture in this folder.*1 \.heic"), ("gone", "gone: there is no such")):
        with pytest.raises(UserError, match=named):
            imported(captions("a.jpg"), Path(folder))


def test_two_files_of_one_folder_with_the_same_stem() -> None:
    with pytest.raises(UserError, match=r"row 2: .*mine/a.*a\.jpg and album/a\.png"):
        imported(captions("a.jpg", "a.png"), album(Path("album"), "a.jpg", "a.png"))
    assert list(FOLDER.parent.iterdir()) == []


def test_folders_that_would_become_one_are_no_danger() -> None:
    with pytest.raises(UserError, match=r"a_b/1"):
        imported(captions("a/b/1.jpg", "a_b/1.jpg"), album(Path("album"), "a/b/1.jpg", "a_b/1.jpg"))


def test_labels_of_another_set() -> None:
    images = album(Path("album"), "a.jpg")
    rows = [Caption("row 1", "a.jpg", "a cat", emotion) for emotion in ("joy", "awe", "grief")]
    with pytest.raises(UserError, match=r"'grief' is none of amusement.*found are 'awe', 'grief', 'joy'.*--emotion"):
        imported(rows, images)
    imported(rows, images, Card(emotions={"joy": "positive", "grief": "negative", "awe": "else"}))
    assert [row[2] for row in table("annotations.csv")] == ["joy", "awe", "grief"]


def test_pictures_by_links_and_in_linked_folders(tmp_path: Path) -> None:
    album(Path("elsewhere"), "b.jpg")
    images = album(Path("album"), "a.jpg")
    (images / "linked").symlink_to(tmp_path / "elsewhere")
    (images / "c.jpg").symlink_to(tmp_path / "elsewhere/b.jpg")
    imported(captions("a.jpg", "linked/b.jpg", "c.jpg"), images)
    assert links() == ["linked/b.jpg", "mine/a.jpg", "mine/c.jpg"]
    assert (FOLDER / "images/mine/c.jpg").resolve() == tmp_path / "elsewhere/b.jpg"
    assert len(inventory.load(FOLDER / "images.tsv")) == 3


def test_the_study_reads_what_was_imported() -> None:
    images = album(Path("album"), "Cubism/a.jpg", "Cubism/late/caf\xe9.jpg", "c.jpg")
    names = ("Cubism/a.jpg", "Cubism/late/cafe\u0301.jpg", "c.jpg", "c.jpg", "gone.jpg")
    imported([caption._replace(emotion="awe") for caption in captions(*names)], images)
    values = read_yaml(ROOT / "presets/demo.yaml") | {"dataset": "mine"}
    Path("params.yaml").write_text(json.dumps(values))
    assert main() == "4 annotations of 3 artworks (3 with a picture), 0 rejects"


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(folder=NAMES, stem=NAMES, text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_names_of_any_characters_survive(
    tmp_path_factory: pytest.TempPathFactory, folder: str, stem: str, text: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("names"))
        file = Path("album", folder, f"{stem}.jpg")
        hidden = any(name.startswith(".") or name.lower() in OF_SYSTEMS for name in (folder, stem))
        if hidden or file.parent == Path("album"):
            return
        file.parent.mkdir(parents=True)
        file.write_bytes(picture("blue"))
        imported([Caption("row 1", f"{folder}/{stem}.jpg", f"a {text}", "awe")], Path("album"))
        ((art_style, painting, _, utterance),) = table("annotations.csv")
        assert utterance == f"a {text}"
        safe = str.maketrans("\\", "_")
        assert (art_style, painting) == (folder.translate(safe), stem.translate(safe))
        # What the stage annotations reads the file with, and how it finds the picture.
        assert list(csv_records(FOLDER / "annotations.csv", ","))[1].fields == [art_style, painting, "awe", utterance]
        (found,) = inventory.load(FOLDER / "images.tsv")
        match = PICTURE_PATH.fullmatch(found.path)
        assert match
        assert match.groups() == (art_style, painting)
        assert found.problem is None
