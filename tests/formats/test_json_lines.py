"""Captions in JSON Lines: the names of keys, one or several captions, and lines that are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from formats.captioned_pictures import Caption
from formats.json_lines import read
from stages.common.errors import UserError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "captions.jsonl"


def rows(file: Path, *lines: Any) -> list[Caption]:
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return list(read(file))


@pytest.mark.parametrize("picture", ["image", "file_name", "picture", "path"])
@pytest.mark.parametrize("text", ["caption", "captions", "text", "utterance"])
def test_names_of_keys(file: Path, picture: str, text: str) -> None:
    assert rows(file, {picture: "a.jpg", text: "a cat"}) == [Caption(f"{file}, line 1", "a.jpg", "a cat")]


def test_all_that_a_row_may_have(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "image": "a.jpg",
        "caption": "a cat",
        "emotion": "awe",
        "split": "dev",
        "art_style": "Cubism",
        "painting": "Cat",
    }
    found = rows(file, row, "", {"image": "b.jpg", "caption": "a\ndog", "emotion": None})
    assert found == [
        Caption(f"{file}, line 1", "a.jpg", "a cat", "awe", "dev", "Cubism", "Cat"),
        Caption(f"{file}, line 3", "b.jpg", "a\ndog"),
    ]
    assert capsys.readouterr().err == ""


def test_several_captions_in_a_row(file: Path) -> None:
    assert rows(file, {"image": "a.jpg", "captions": ["cat", "a cat"]}, {"image": "b.jpg", "captions": []}) == [
        Caption(f"{file}, line 1", "a.jpg", "cat"),
        Caption(f"{file}, line 1", "a.jpg", "a cat"),
        Caption(f"{file}, line 2", "b.jpg", ""),
    ]
    assert [row.utterance for row in rows(file, {"image": "a.jpg", "caption": ["A cat.", "A dog asleep."]})] == [
        *("A cat.", "A dog asleep.")
    ]


def test_tokens_are_joined_and_that_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(file, {"image": "a.jpg", "caption": ["a", "cat", "."]})
    assert row.utterance == "a cat ."
    assert "joined" in capsys.readouterr().err


def test_other_keys_are_named_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows(file, {"image": "a.jpg", "text": "x", "id": 1}, {"image": "b.jpg", "text": "y", "id": 2, "path": "z"})
    assert capsys.readouterr().err == f"{file}: not read: 'id', 'path'\n"


def test_missing_values_are_empty(file: Path) -> None:
    found = rows(file, {"image": None, "caption": "a cat"}, {"image": "a.jpg", "caption": None}, {"image": "b.jpg"})
    assert [row[1:3] for row in found] == [("", "a cat"), ("a.jpg", ""), ("b.jpg", "")]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ({"image": "a.jpg", "caption": 5}, "line 2: caption is 5"),
        ({"image": {"bytes": None, "path": "a.jpg"}, "caption": "a"}, "line 2: image is {"),
        ({"image": "a.jpg", "caption": "a", "split": 1}, "line 2: split is 1"),
        ({"image": "a.jpg", "caption": ["A cat.", 7]}, r"line 2: caption\[1\] is 7"),
        (["a.jpg", "a cat"], "line 2: .*expected an object"),
        ('{"image": "a.jpg", "caption": "cut o', "line 2: invalid JSON"),
        ('{"image": "a.jpg", "image": "b.jpg", "caption": "a"}', "line 2: the key 'image' occurs twice"),
    ],
)
def test_a_line_that_is_refused(file: Path, line: Any, named: str) -> None:
    with pytest.raises(UserError, match=rf"{file}, {named}"):
        rows(file, {"image": "a.jpg", "caption": "a cat"}, line)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("", "empty"),
        ({"picture_name": "a.jpg", "caption": "a"}, "no column image"),
        ({"image": "a.jpg", "label": "cat"}, "no column caption"),
        ({"image": "a.jpg", "caption": "a", "Emotion": "awe"}, "did you mean emotion"),
    ],
)
def test_keys_that_are_refused(file: Path, line: Any, named: str) -> None:
    with pytest.raises(UserError, match=named):
        rows(file, line)
