"""What a search of a folder finds, follows, and says that it left out."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stages.common import picture_folders
from stages.common.picture_folders import SUFFIXES, search


@pytest.fixture
def museum(tmp_path: Path) -> Path:
    return tmp_path / "museum"


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_every_suffix_in_either_case(museum: Path) -> None:
    names = [*(f"a/{number}{suffix}" for number, suffix in enumerate(SUFFIXES)), "b.JPG", "c.Tif", "a/d.x.WebP"]
    put(museum, *names)
    found = search(museum)
    assert found.pictures == sorted(names)
    assert list(found.notes()) == []


def test_other_kinds_are_counted(museum: Path) -> None:
    put(museum, "a.jpg", "b.heic", "room/c.HEIC", "notes.txt", "README")
    found = search(museum)
    assert found.pictures == ["a.jpg"]
    assert found.others == {".heic": 2, ".txt": 1, "": 1}
    (note,) = found.notes()
    assert note.startswith("4 files of other kinds not read (2 .heic, 1 without a suffix, 1 .txt")
    assert [note.partition(";")[0] for note in found.notes([".heic"])] == ["2 files of other kinds not read (2 .heic)"]
    assert list(found.notes([".svg"])) == []


def test_hidden_files_and_those_of_systems_are_no_pictures(museum: Path) -> None:
    put(museum, "a.jpg", "._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", ".trash/b.jpg", "@eaDir/a.jpg/c.jpg")
    found = search(museum)
    assert found.pictures == ["a.jpg"]
    assert sorted(found.hidden) == ["._a.jpg", ".trash"]
    (note,) = found.notes()
    assert "2 hidden" in note


def test_a_hidden_folder_that_a_person_names_is_searched(tmp_path: Path) -> None:
    put(tmp_path / ".museum", "a.jpg")
    assert search(tmp_path / ".museum").pictures == ["a.jpg"]


def test_links_are_followed(museum: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "a.jpg", "deep/b.jpg")
    put(museum, "c.jpg")
    (museum / "room").symlink_to(tmp_path / "elsewhere")
    (museum / "d.jpg").symlink_to(tmp_path / "elsewhere/a.jpg")
    found = search(museum)
    assert found.pictures == ["c.jpg", "d.jpg", "room/a.jpg", "room/deep/b.jpg"]
    assert list(found.notes()) == []


def test_a_linked_root(museum: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "a.jpg")
    museum.symlink_to(tmp_path / "elsewhere")
    assert search(museum).pictures == ["a.jpg"]


@pytest.mark.parametrize("target", [".", "..", "../..", "/"])
def test_a_link_to_a_folder_above_is_not_followed(museum: Path, target: str) -> None:
    put(museum, "room/a.jpg")
    (museum / "room/up").symlink_to(target)
    found = search(museum)
    assert found.pictures == ["room/a.jpg"]
    assert list(found.passed_over) == ["room/up"]


def test_two_folders_that_link_to_each_other(museum: Path) -> None:
    put(museum, "a/1.jpg", "b/2.jpg")
    (museum / "a/to_b").symlink_to("../b")
    (museum / "b/to_a").symlink_to("../a")
    found = search(museum)
    assert found.pictures == ["a/1.jpg", "b/2.jpg"]
    assert sorted(found.passed_over) == ["a/to_b", "b/to_a"]


def test_folders_that_link_to_all_others_are_searched_once(museum: Path) -> None:
    for number in range(12):
        put(museum, f"{number}/{number}.jpg")
        for other in range(12):
            (museum / f"{number}/to_{other}").symlink_to(f"../{other}")
    assert len(search(museum).pictures) == 12


def test_the_real_folder_keeps_its_name(museum: Path, tmp_path: Path) -> None:
    """The link comes first in the alphabet, and would take the pictures of the folder."""
    put(museum, "Cubism/a.jpg")
    (museum / "Best").symlink_to("Cubism")
    found = search(museum)
    assert found.pictures == ["Cubism/a.jpg"]
    assert "Cubism" in found.passed_over["Best"]


def test_a_link_to_what_contains_a_searched_folder(museum: Path, tmp_path: Path) -> None:
    put(tmp_path / "store", "a/1.jpg", "b/2.jpg")
    museum.mkdir()
    (museum / "a").symlink_to(tmp_path / "store/a")
    (museum / "all").symlink_to(tmp_path / "store")
    found = search(museum)
    assert found.pictures == ["a/1.jpg", "all/b/2.jpg"]
    assert list(found.passed_over) == ["all/a"]


def test_links_that_lead_nowhere(museum: Path) -> None:
    put(museum, "a.jpg")
    (museum / "room").symlink_to("gone")
    (museum / "b.jpg").symlink_to("gone.jpg")
    (museum / "self").symlink_to("self")
    found = search(museum)
    # Whoever reads the picture says that it is not there.
    assert found.pictures == ["a.jpg", "b.jpg"]
    assert sorted(found.unreadable) == ["room", "self"]


def test_a_subfolder_that_cannot_be_read(museum: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(museum, "a.jpg", "locked/b.jpg")
    real = os.scandir

    def scandir(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(picture_folders.os, "scandir", scandir)
    found = search(museum)
    assert found.pictures == ["a.jpg"]
    assert list(found.unreadable) == ["locked"]
    assert "permission denied" in found.unreadable["locked"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_a_pipe_is_not_read(museum: Path) -> None:
    put(museum, "a.jpg")
    os.mkfifo(museum / "b.jpg")
    found = search(museum)
    assert found.pictures == ["a.jpg"]
    assert list(found.passed_over) == ["b.jpg"]


def test_a_folder_with_the_name_of_a_picture(museum: Path) -> None:
    put(museum, "a.jpg/b.jpg")
    assert search(museum).pictures == ["a.jpg/b.jpg"]


def test_nothing(museum: Path) -> None:
    assert search(museum) == picture_folders.Search()
