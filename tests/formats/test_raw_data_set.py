"""A data set while an importer fills it: what is kept, what is left out and told, and when nothing is kept at all."""

import errno
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from formats.dataset_card import Card, card
from formats.raw_data_set import Annotation, filling, new_folder, safe_name, split_of
from stages.annotations.metadata import read_card
from stages.common import inventory
from stages.common.errors import UserError
from tests.formats.imports import FOLDER, left_out, picture, table

OTHERS = ["dataset.yaml", "exclude.csv", "genres.csv", "images", "images.tsv", "left_out.tsv", "twins.csv"]


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fill(
    *rows: tuple[Annotation, Path | bytes | None], emotions: bool = False, splits: bool = False, **card: Any
) -> str:
    with filling(new_folder("mine"), Card(**card), emotions=emotions, splits=splits) as data_set:
        for number, (row, content) in enumerate(rows):
            data_set.add(f"row {number}", row, content)
    return data_set.summary()


def header() -> str:
    """The names of the columns of annotations.csv."""
    return (FOLDER / "annotations.csv").read_text(encoding="utf-8").splitlines()[0].replace('"', "")


def test_a_data_set_with_all_columns() -> None:
    row = Annotation("Cubism", "cat", 'a "blue" cat,\r\nasleep', " awe ", "Validation")
    summary = fill((row, picture("blue")), emotions=True, splits=True)
    assert header() == "art_style,painting,emotion,utterance,split"
    assert table("annotations.csv") == [
        ["Cubism", "cat", "awe", 'a "blue" cat,\r\nasleep', "val"],
    ]
    assert sorted(path.name for path in FOLDER.iterdir()) == ["annotations.csv", *OTHERS]
    assert (FOLDER / "images/Cubism/cat.png").read_bytes() == picture("blue")
    (found,) = inventory.load(FOLDER / "images.tsv")
    assert found[:2] == ("Cubism/cat.png", len(picture("blue")))
    assert left_out() == []
    assert summary.splitlines() == [
        "data/raw/mine: 1 rows in, 1 kept, 1 pictures",
        "next: dvc exp run -S dataset=mine -S utterances.split_by=given -S utterances.high_coverage=0 annotations",
    ]
    assert [path.name for path in FOLDER.parent.iterdir()] == ["mine"]


def test_columns_that_the_source_lacks_are_not_there() -> None:
    fill((Annotation("Cubism", "cat", "a cat"), picture("blue")))
    assert header() == "art_style,painting,utterance"
    assert table("annotations.csv") == [["Cubism", "cat", "a cat"]]


def test_one_artwork_twice_with_the_same_and_with_other_bytes() -> None:
    rows = [(Annotation("s", "cat", f"caption {colour}"), picture(colour)) for colour in ("blue", "blue", "red")]
    summary = fill(*rows)
    assert "3 rows in, 2 kept, 1 pictures, 1 rows left out (1 other picture of the same artwork)" in summary
    assert left_out() == [["row 2", "other picture of the same artwork", "s/cat, first in row 0"]]
    assert (FOLDER / "images/s/cat.png").read_bytes() == picture("blue")


@pytest.mark.parametrize(
    ("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("TIFF", ".tif"), ("GIF", ".gif")]
)
def test_bytes_get_the_suffix_of_their_format(kind: str, suffix: str) -> None:
    fill((Annotation("s", "a.b", "a cat"), picture("blue", kind)))
    assert [path.name for path in (FOLDER / "images/s").iterdir()] == [f"a.b{suffix}"]


@pytest.mark.parametrize(
    ("row", "content", "reason"),
    [
        (Annotation("s", "p", "\u200b "), None, "empty caption"),
        (Annotation("s", "p", "half \ud800"), None, "not UTF-8"),
        (Annotation("s", "../p", "a cat"), None, "painting that is no file name"),
        (Annotation("s", "p" * 251, "a cat"), None, "painting that is no file name"),
        (Annotation(".s", "p", "a cat"), None, "art_style that is no file name"),
        (Annotation("", "p", "a cat"), None, "art_style that is no file name"),
        (Annotation("s", "p", "a cat", " "), None, "no emotion"),
        (Annotation("s", "p", "a cat"), b"", "unreadable picture"),
        (Annotation("s", "p", "a cat"), b"no picture", "unreadable picture"),
        (Annotation("s", "p", "a cat"), picture("blue", "PPM"), "picture of a kind that is not read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_that_cannot_be_used_is_told(row: Annotation, content: bytes | None, reason: str) -> None:
    good = Annotation("good", "cat", "a cat", "awe")
    row = row if row.emotion else row._replace(emotion="awe")
    content = picture("blue") if content is None else content
    summary = fill((good, picture("blue")), (row, content), emotions=True)
    assert f"2 rows in, 1 kept, 1 pictures, 1 rows left out (1 {reason})" in summary
    assert [line[:2] for line in left_out()] == [["row 1", reason]]
    assert len(table("annotations.csv")) == 1


def test_files_become_links_to_absolute_paths(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    file = Path("elsewhere/cat.PNG")
    file.write_bytes(picture("blue"))
    fill((Annotation("s", "cat", "one"), file), (Annotation("s", "cat", "two"), file))
    link = FOLDER / "images/s/cat.PNG"
    assert link.is_symlink()
    assert link.readlink() == tmp_path / "elsewhere/cat.PNG"
    assert len(table("annotations.csv")) == 2


def test_an_artwork_without_a_picture_keeps_its_rows() -> None:
    summary = fill((Annotation("s", "cat", "one"), None), (Annotation("s", "dog", "two"), picture("blue")))
    assert summary.startswith("data/raw/mine: 2 rows in, 2 kept, 1 pictures\n")
    assert len(table("annotations.csv")) == 2


def test_a_further_file_lies_beside_the_rows() -> None:
    with filling(FOLDER, Card(), emotions=False, splits=False) as data_set:
        data_set.add("row 0", Annotation("s", "cat", "one"), None)
        data_set.beside("pairs.csv").write_text("a,b\n")
    assert (FOLDER / "pairs.csv").read_text() == "a,b\n"


def test_two_files_for_one_artwork_are_refused_by_name() -> None:
    for name in ("cat.png", "cat.jpg"):
        Path(name).write_bytes(picture("blue"))
    with pytest.raises(UserError, match=r"row 1.*s/cat.*cat\.png.*cat\.jpg"):
        fill((Annotation("s", "cat", "one"), Path("cat.png")), (Annotation("s", "cat", "two"), Path("cat.jpg")))
    assert list(FOLDER.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (Annotation("s", "p", "a cat", "joy"), "row 0.*joy.*amusement.*--emotion 'joy'=positive"),
        (Annotation("s", "p", "a cat", "awe", "fold 3"), "row 0.*fold 3.*train, val, test, rest"),
    ],
    ids=["emotion", "split"],
)
def test_an_unknown_emotion_or_split_is_refused(row: Annotation, named: str) -> None:
    with pytest.raises(UserError, match=named):
        fill((row, picture("blue")), emotions=True, splits=True)
    assert list(FOLDER.parent.iterdir()) == []


def test_without_a_usable_row_nothing_is_kept() -> None:
    with pytest.raises(UserError, match=r"no row can be used \(1 empty caption\); the first is row 0"):
        fill((Annotation("s", "p", ""), picture("blue")))
    with pytest.raises(UserError, match="no row"):
        fill()
    assert list(FOLDER.parent.iterdir()) == []


def test_a_killed_import_leaves_no_half_and_the_next_begins_anew() -> None:
    left = FOLDER.with_name(".mine.partial")
    (left / "images/old").mkdir(parents=True)
    (left / "images/old/picture.png").write_bytes(picture("red"))
    (left / "annotations.csv").write_text("half")
    FOLDER.mkdir()
    fill((Annotation("s", "p", "a cat"), picture("blue")))
    assert [path.name for path in (FOLDER / "images").iterdir()] == ["s"]
    assert not left.exists()


def test_two_imports_to_one_folder() -> None:
    with (
        pytest.raises(UserError, match=r"data/raw/mine is running already"),
        filling(FOLDER, Card(), emotions=False, splits=False),
    ):
        fill((Annotation("s", "p", "a cat"), picture("blue")))


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(link: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "", str(target), None, str(link))

    Path("cat.png").write_bytes(picture("blue"))
    monkeypatch.setattr(Path, "symlink_to", full)
    with pytest.raises(UserError, match=r"data/raw/mine cannot be written: No space"):
        fill((Annotation("s", "p", "a cat"), Path("cat.png")))
    assert list(FOLDER.parent.iterdir()) == []


def test_a_fault_of_another_file_is_no_fault_of_the_disk() -> None:
    with (
        pytest.raises(PermissionError),
        filling(new_folder("mine"), Card(), emotions=False, splits=False),
    ):
        raise PermissionError(errno.EACCES, "", "source.parquet")
    assert list(FOLDER.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a b", "a/b", "..", ".hidden", "demo", "resources", "full", "file", "link"])
def test_a_name_that_is_not_allowed_or_taken(name: str) -> None:
    Path("data/raw/full/images").mkdir(parents=True)
    Path("data/raw/file").touch()
    Path("data/raw/link").symlink_to("nowhere")
    with pytest.raises(UserError):
        new_folder(name)


def test_names_that_are_allowed() -> None:
    Path("data/raw/empty").mkdir(parents=True)
    assert [new_folder(name).as_posix() for name in ("empty", "art.v2", "künste-1")] == [
        *("data/raw/empty", "data/raw/art.v2", "data/raw/künste-1")
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [("a b.c", "a b.c"), ("..", "_."), (".a", "_a"), ("a/b\\c\0", "a_b_c_"), ("@eaDir", "_@eaDir"), ("é\n", "é\n")],
)
def test_names_made_safe(text: str, name: str) -> None:
    assert safe_name(text) == name == safe_name(name)


def test_parts_of_a_split() -> None:
    assert [split_of(text) for text in ("train", " Dev ", "validation", "TEST", "rest", "fold1", "")] == [
        *("train", "val", "val", "test", "rest", None, None)
    ]


def test_the_card_is_what_the_person_said() -> None:
    fill((Annotation("s", "p", "a cat"), picture("blue")), citation='Ann: "cats"', terms="ask\nAnn")
    read = read_card(FOLDER / "dataset.yaml")
    assert (read.name, read.citation, read.terms) == ("mine", 'Ann: "cats"', "ask\nAnn")
    assert (read.licence, read.consent, read.redistribute) == ("", "", False)


def test_language_and_emotions_are_written_where_they_differ() -> None:
    given = card("", "", "zh-Hant", ["joy=positive", "no = else", "喜 悦😀=positive", "a=b=negative"])
    with filling(FOLDER, given, emotions=True, splits=False) as data_set:
        data_set.add("row 0", Annotation("s", "p", "a cat", "a=b"), picture("blue"))
    values = YAML(typ="safe", pure=True).load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    assert values["language"] == "zh-Hant"
    assert list(values["emotions"].items()) == [
        *(("joy", "positive"), ("no", "else"), ("喜 悦😀", "positive"), ("a=b", "negative"))
    ]
    assert data_set.summary().endswith(
        "-S dataset=mine -S utterances.rules=plain -S utterances.spell_check=false annotations"
    )


@pytest.mark.parametrize(
    ("language", "emotions", "named"),
    [
        ("english", [], "english"),
        ("", [], "''"),
        ("en", ["joy"], "joy"),
        ("en", ["=positive"], "=positive"),
        ("en", ["joy=good"], "joy=good"),
        ("en", ["joy=positive", "joy=else"], "joy"),
        ("en", ["half \ud800=else"], "ud800"),
    ],
)
def test_a_card_that_is_refused(language: str, emotions: list[str], named: str) -> None:
    with pytest.raises(UserError, match=named):
        card("", "", language, emotions)
