"""Lists of tokens in the cells of a table."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.common.errors import UserError
from stages.common.table_reader import read
from stages.common.table_rows import Column
from stages.common.token_lists import as_text, joined


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["a", "calm", "sea"], "a calm sea"),
        (["a calm sea"], "a calm sea"),
        ("['a', 'calm', 'sea']", "a calm sea"),
        (' ["a", "calm", "sea"]\n', "a calm sea"),
        ("['a' 'calm'\n 'sea']", "a calm sea"),
        ("""["it's", 'a"b', 'it\\'s', '\\u00e9']""", "it's a\"b it's \u00e9"),
        ([{"generated_text": "a calm sea"}], "a calm sea"),
        ({"generated_text": "a calm sea"}, "a calm sea"),
        ("[{'generated_text': 'a calm sea'}]", "a calm sea"),
        ("array(['a', 'sea'], dtype=object)", "a sea"),
        # Text in brackets.
        ("(None)", None),
        ("[...]", None),
        ("(1)", None),
        # Several captions, not one.
        (["a sea", "a tree"], None),
        ([{"generated_text": "a"}, {"generated_text": "b"}], None),
        ({"generated_text": "a", "score": 1}, None),
        ([], None),
        ([""], None),
        (["a", 1], None),
        ([["a", "sea"]], None),
        ("a calm sea", None),
        ("[a] calm sea", None),
        (5, None),
        (None, None),
    ],
)
def test_texts(value: Any, text: str | None) -> None:
    assert as_text(value) == text


def rows(folder: Path, values: list[Any]) -> list[str | None]:
    (folder / "a.json").write_text(json.dumps([{"caption": value} for value in values]))
    return [row.optional_text("caption") for row in joined(read(folder / "a.json", [Column("caption")]), "caption")]


def test_lists_are_joined_and_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(tmp_path, ["a sea", ["a", "tree"], None, ["a", "boat"]]) == ["a sea", "a tree", None, "a boat"]
    (said,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "a.json") in said
    assert "row 2" in said
    assert rows(tmp_path, ["[sic] a sea", "a [grey] sea", '["The Kiss"] of 1908']) == [
        *("[sic] a sea", "a [grey] sea", '["The Kiss"] of 1908')
    ]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "value",
    [
        *("{'caption': 'a sea'}", "['a sea', 'a tree']", "[['a', 'sea']]", "[]"),
        *("[3, 14, 15]", ["a sea", "a tree"], {"text": "a sea"}, 5, [5], []),
    ],
)
def test_other_values_are_refused_by_row(tmp_path: Path, value: Any) -> None:
    with pytest.raises(UserError, match=r"a\.json, row 2: caption is "):
        rows(tmp_path, ["a sea", value])
