"""Captions of another system: the formats, the forms of a caption, and what is wrong with some files."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from formats.captions_file import read
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError

ROWS: list[dict[str, Any]] = [
    {"art_style": "Realism", "painting": "a", "caption": "The sea is calm."},
    {"art_style": "Realism", "painting": "b", "caption": "A dark sky!"},
]
HEADER = "art_style,painting,caption"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(rows: Sequence[Any] | dict[str, Any], name: str) -> Path:
    file = Path(name)
    if file.suffix == ".json":
        file.write_text(json.dumps(rows), encoding="utf-8")
    elif file.suffix == ".jsonl":
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    elif file.suffix in (".csv", ".tsv"):
        pd.DataFrame(rows).to_csv(file, index=False, sep="\t" if file.suffix == ".tsv" else ",")
    else:
        pd.DataFrame(rows).to_parquet(file)
    return file


def lines(*texts: str, name: str = "mine.csv") -> Path:
    file = Path(name)
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file


def refused(file: Path, *words: str) -> None:
    """`file` is refused by a message with all of `words`."""
    with pytest.raises(UserError) as error:
        read(file, ARTEMIS)
    assert [word for word in (str(file), *words) if word not in str(error.value)] == [], str(error.value)


@pytest.mark.parametrize("name", ["mine.csv", "mine.tsv", "mine.parquet", "mine.json", "mine.jsonl"])
def test_every_format_gives_the_same_table(name: str) -> None:
    captions = read(write(ROWS, name), ARTEMIS)
    assert captions["painting"].tolist() == ["a", "b"]
    assert captions["caption"].tolist() == [row["caption"] for row in ROWS]
    assert captions["grounding_emotion"].isna().all()


def test_coco_results() -> None:
    rows = [{"image_id": "Realism/a/b", "caption": "a sea"}]
    assert read(write(rows, "coco.json"), ARTEMIS).iloc[0][["art_style", "painting"]].tolist() == ["Realism", "a/b"]
    for wrong in (17, "a", "Realism/", None):
        refused(write([*rows, {"image_id": wrong, "caption": "a sea"}], "coco.json"), "row 2", "image_id", str(wrong))


def test_paths_of_pictures() -> None:
    rows = [
        {"picture": path, "caption": "a sea"} for path in ("data/images/Realism/a.b.jpg", "file:///x/Cubism/c%20d.png")
    ]
    captions = read(write(rows, "mine.json"), ARTEMIS)
    assert captions["art_style"].tolist() == ["Realism", "Cubism"]
    assert captions["painting"].tolist() == ["a.b", "c d"]
    # The names of the artwork count, where there are any.
    assert read(write([{**ROWS[0], "picture": "x.jpg"}], "mine.csv"), ARTEMIS)["painting"].tolist() == ["a"]
    refused(write([*rows, {"picture": "a.jpg", "caption": "a sea"}], "mine.json"), "row 3", "picture is 'a.jpg'")


@pytest.mark.parametrize("caption", ["a sea", ["a sea"], ["a", "sea"]])
def test_an_object_of_captions(caption: Any) -> None:
    captions = read(write({"Realism/a": caption, "Realism/b": "a sky"}, "mine.json"), ARTEMIS)
    assert captions["painting"].tolist() == ["a", "b"]
    assert captions["caption"].tolist() == ["a sea", "a sky"]


def test_a_byte_order_mark_is_no_text() -> None:
    for name in ("mine.csv", "mine.json"):
        file = write(ROWS, name)
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
        assert read(file, ARTEMIS)["art_style"].tolist() == ["Realism", "Realism"]


# Lists of tokens as pandas writes them to a CSV: a list, a list with an apostrophe, a NumPy array, a tuple; and JSON.
WRITTEN = ["['a', 'calm', 'sea']", "[\"it's\", 'calm']", "['a' 'calm'\n 'sea']", "('a', 'calm')", '["a", "calm"]']


@pytest.mark.parametrize(("name", "place"), [("a.json", "row 1"), ("a.jsonl", "line 1"), ("a.parquet", "row 1")])
def test_tokens_are_joined_and_that_is_said_once(name: str, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**row, "caption": tokens} for row, tokens in zip(ROWS, (["a", "sea"], ["it"]), strict=True)]
    assert read(write(rows, name), ARTEMIS)["caption"].tolist() == ["a sea", "it"]
    (note,) = capsys.readouterr().err.splitlines()
    assert [word for word in (name, "caption", "2 of them", place) if word not in note] == []


def test_tokens_that_a_table_holds_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**ROWS[0], "painting": str(number), "caption": text} for number, text in enumerate(WRITTEN)]
    captions = read(write(rows, "mine.csv"), ARTEMIS)["caption"].tolist()
    assert captions == ["a calm sea", "it's calm", "a calm sea", "a calm", "a calm"]
    (note,) = capsys.readouterr().err.splitlines()
    assert [word for word in ("mine.csv", "caption", "5 of them", "line 2") if word not in note] == []


def test_brackets_do_not_make_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    texts = ["[a dark sky]", "(the sea)", "{sic}", "nan", "None", "null", "('the sea')", "[UNK] sea"]
    rows = [{**ROWS[0], "painting": str(number), "caption": text} for number, text in enumerate(texts)]
    assert read(write(rows, "mine.csv"), ARTEMIS)["caption"].tolist() == texts
    assert capsys.readouterr().err == ""


GENERATED = "a calm sea"
PIPELINE = [{"generated_text": GENERATED}]


@pytest.mark.parametrize("caption", [PIPELINE, [PIPELINE], PIPELINE[0], str(PIPELINE), json.dumps(PIPELINE)])
def test_answers_of_a_hugging_face_pipeline(caption: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for column in ("caption", "generated_text"):
        row = {"art_style": "Realism", "painting": "a", column: caption}
        assert read(write([row], "mine.json"), ARTEMIS)["caption"].tolist() == [GENERATED]
    assert read(write({"Realism/a": caption}, "mine.json"), ARTEMIS)["caption"].tolist() == [GENERATED]
    notes = capsys.readouterr().err.splitlines()
    assert [note.startswith("mine.json: ") and "1 of them" in note for note in notes] == [True] * 3


@pytest.mark.parametrize(
    "caption",
    [
        *(17, 1.5, 0, True, None, "", " \t", "\u2003", {"text": "a sea"}, [], {}, [1, 2], ["a", None], ["a", ""]),
        *(["a sea", "the sea is calm"], [{"generated_text": "a"}, {"generated_text": "b"}], [["a"], ["b"]]),
        *("17", "1.5e3", "{'text': 'a sea'}", "[1, 2]", "a \ud800 sea", ["a", "\ud800"]),
    ],
)
def test_what_is_no_caption_is_refused_by_row(caption: Any) -> None:
    refused(write([ROWS[0], {**ROWS[1], "caption": caption}], "mine.json"), "row 2", "caption")


@pytest.mark.parametrize("caption", [17, [1, 2], {"text": "a sea"}, None])
def test_a_parquet_of_no_captions_is_refused_by_row(caption: Any) -> None:
    rows = [{**ROWS[0], "caption": caption}, {**ROWS[1], "caption": caption}]
    refused(write(rows, "mine.parquet"), "row 1", "caption")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{**ROWS[0], "caption": ""}], ["line 2", "caption"]),
        ([ROWS[0], {**ROWS[1], "painting": ""}], ["line 3", "painting"]),
        ([{"painting": "a", "caption": "x"}], ["art_style", "image_id"]),
        ([{"art_style": "Realism", "painting": "a"}], ["caption", "generated_text"]),
        ([{"Art_Style": "Realism", "painting": "a", "caption": "x"}], ["'Art_Style'", "art_style"]),
        ([ROWS[0], {**ROWS[1], "grounding_emotion": "joy"}], ["line 3", "'joy'", "amusement"]),
    ],
)
def test_a_wrong_row_or_column_is_named(rows: list[dict[str, Any]], words: list[str]) -> None:
    refused(write(rows, "mine.csv"), *words)


def test_a_blank_emotion_is_not_given() -> None:
    rows = [{**ROWS[0], "painting": str(n), "grounding_emotion": value} for n, value in enumerate(["awe", "", None])]
    for name in ("mine.csv", "mine.json", "mine.parquet"):
        assert read(write(rows, name), ARTEMIS)["grounding_emotion"].fillna("not given").tolist() == [
            "awe",
            *["not given"] * 2,
        ]
    refused(write([{**ROWS[0], "grounding_emotion": 2}], "mine.json"), "row 1", "grounding_emotion", "2")


def test_lines_are_those_of_the_file() -> None:
    first = 'Realism,a,"two\nlines and a separator: \u2028."'
    assert read(lines(HEADER, first), ARTEMIS)["caption"].tolist() == ["two\nlines and a separator: \u2028."]
    refused(lines(HEADER, first, "", "Realism,b,"), "line 5", "caption")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        # Read leniently, a comma too many shifts the columns, and a quote that is never closed swallows the rest.
        ([HEADER, "Realism,a,a sea,"], ["line 2", "4 fields"]),
        ([HEADER, "Realism,a,a calm, deep sea"], ["line 2", "4 fields"]),
        ([HEADER, 'Realism,a,"a sea', "Realism,b,a sky"], ["line 2", "quote"]),
        ([HEADER.replace(",", ";"), "Realism;a;a sea"], ["separated by commas"]),
        ([HEADER], ["no row"]),
        ([], ["empty"]),
    ],
)
def test_a_damaged_table_is_not_guessed(texts: list[str], words: list[str]) -> None:
    refused(lines(*texts), *words)


def test_broken_files() -> None:
    refused(Path("none.csv"), "no such file")
    refused(lines("[{", name="broken.json"), "line ", "invalid JSON")
    refused(lines("17", name="number.json"), "17")
    refused(lines("[]", name="nothing.json"), "empty")
    refused(lines('["a sea"]', name="texts.json"), "row 1", "caption")
    refused(lines("PAR1", name="broken.parquet"), "Parquet")
    os.mkfifo("pipe.csv")
    refused(Path("pipe.csv"), "pipe")
    Path("folder.csv").mkdir()
    refused(Path("folder.csv"), "folder")
