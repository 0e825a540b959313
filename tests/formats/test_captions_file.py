"""Captions of another system: the formats, and what is wrong with some files."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from formats.captions_file import read
from stages.common.errors import UserError

ROWS: list[dict[str, Any]] = [
    {"art_style": "Realism", "painting": "a", "caption": "The sea is calm."},
    {"art_style": "Realism", "painting": "b", "caption": "A dark sky!"},
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(rows: list[dict[str, Any]], name: str) -> Path:
    file, frame = Path(name), pd.DataFrame(rows)
    if file.suffix == ".json":
        file.write_text(json.dumps(rows), encoding="utf-8")
    elif file.suffix == ".csv":
        frame.to_csv(file, index=False)
    else:
        frame.to_parquet(file)
    return file


@pytest.mark.parametrize("name", ["mine.csv", "mine.parquet", "mine.json"])
def test_every_format_gives_the_same_table(name: str) -> None:
    captions = read(write(ROWS, name))
    assert captions["painting"].tolist() == ["a", "b"]
    assert captions["caption"].tolist() == [row["caption"] for row in ROWS]
    assert captions["grounding_emotion"].isna().all()


def test_coco_results() -> None:
    rows = [{"image_id": "Realism/a/b", "caption": "a sea"}]
    assert read(write(rows, "coco.json")).iloc[0][["art_style", "painting"]].tolist() == ["Realism", "a/b"]
    with pytest.raises(UserError, match=r"coco.json: image_id '17' is not of the form <art_style>/<painting>"):
        read(write([{"image_id": 17, "caption": "a sea"}], "coco.json"))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{**ROWS[0], "caption": ""}], "row 1 lacks art_style, painting or caption"),
        ([{"painting": "a", "caption": "x"}], "no column 'art_style'; needed are art_style, painting, caption"),
        ([{**ROWS[0], "grounding_emotion": "joy"}], "unknown emotion 'joy'; allowed: amusement"),
    ],
)
def test_a_wrong_row_or_column_is_named(rows: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(UserError, match=f"mine.csv: {problem}"):
        read(write(rows, "mine.csv"))


def test_broken_files() -> None:
    Path("broken.json").write_text("[{", encoding="utf-8")
    for name, problem in (
        ("none.csv", "no such file"),
        ("any.txt", "not one of .csv"),
        ("broken.json", "not readable"),
    ):
        with pytest.raises(UserError, match=problem):
            read(Path(name))
