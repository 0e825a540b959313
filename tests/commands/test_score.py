"""Anybody's captions: the formats, what is wrong with some files, and the table."""

import json
from pathlib import Path

import pandas as pd
import pytest

from commands.score import main, read
from stages.common.errors import UserError
from tests.metrics.test_stage import workspace

__all__ = ["workspace"]

ROWS = [
    {"art_style": "Realism", "painting": "a", "caption": "The sea is calm."},
    {"art_style": "Realism", "painting": "b", "caption": "A dark sky!"},
]


def write(rows: list[dict], name: str) -> Path:
    file, frame = Path(name), pd.DataFrame(rows)
    if file.suffix == ".json":
        file.write_text(json.dumps(rows), encoding="utf-8")
    elif file.suffix == ".csv":
        frame.to_csv(file, index=False)
    else:
        frame.to_parquet(file)
    return file


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["score", *words])
    assert main() == 0


@pytest.mark.parametrize("name", ["mine.csv", "mine.parquet", "mine.json"])
def test_every_format_says_the_same(workspace: Path, name: str) -> None:
    found = read(write(ROWS, name))
    assert found["painting"].tolist() == ["a", "b"]
    assert found["caption"].tolist() == [row["caption"] for row in ROWS]
    assert found["grounding_emotion"].isna().all()


def test_coco_results(workspace: Path) -> None:
    rows = [{"image_id": "Realism/a/b", "caption": "a sea"}]
    assert read(write(rows, "coco.json")).iloc[0][["art_style", "painting"]].tolist() == ["Realism", "a/b"]
    with pytest.raises(UserError, match=r"coco.json: image_id '17' is not of the form <art_style>/<painting>"):
        read(write([{"image_id": 17, "caption": "a sea"}], "coco.json"))


def test_the_table(workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(monkeypatch, str(write(ROWS, "mine.csv")), "--tokenize", "--json", "all.json")
    printed = capsys.readouterr()
    assert printed.out.startswith("|  | mine |\n")
    assert "| ROUGE-L, all references | 1.000 [1.000, 1.000] |" in printed.out
    assert printed.err == ""
    assert json.loads(Path("all.json").read_text())["captions"] == 2


def test_missing_pictures_are_told(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, str(write(ROWS[:1], "mine.csv")))
    assert capsys.readouterr().err.startswith("mine.csv: 1 of the split's pictures have no caption")


@pytest.mark.parametrize(
    ("rows", "words", "said"),
    [
        ([*ROWS, ROWS[0]], [], "Realism/a has two captions or more"),
        ([{**ROWS[0], "painting": "z"}], [], "1 captions are of no picture of test; Realism/z is not in this data set"),
        ([{**ROWS[0], "painting": "c"}], [], "Realism/c is in the split train"),
        (ROWS, ["--split", "val"], "--split val: data/utterances/deep_nets has test, train"),
        ([{**ROWS[0], "caption": ""}], [], "row 1 lacks art_style, painting or caption"),
        ([{"painting": "a", "caption": "x"}], [], "no column 'art_style'; needed are art_style, painting, caption"),
        ([{**ROWS[0], "grounding_emotion": "joy"}], [], "'joy' is none of the emotions"),
    ],
)
def test_what_is_wrong_is_said(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, rows: list[dict], words: list[str], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        run(monkeypatch, str(write(rows, "mine.csv")), *words)


def test_files_that_are_none(workspace: Path) -> None:
    Path("broken.json").write_text("[{", encoding="utf-8")
    for name, said in (("none.csv", "no such file"), ("any.txt", "not one of .csv"), ("broken.json", "not readable")):
        with pytest.raises(UserError, match=said):
            read(Path(name))
