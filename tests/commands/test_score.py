"""`artemis score`: captions of another system beside those of the study."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from tests.commands.run import artemis
from tests.metrics.test_stage import workspace

__all__ = ["workspace"]

ROWS: list[dict[str, Any]] = [
    {"art_style": "Realism", "painting": "a", "caption": "The sea is calm."},
    {"art_style": "Realism", "painting": "b", "caption": "A dark sky!"},
]
PARAMS = {
    "device": "cpu",
    "seed": 7,
    "captions": {"split": "test"},
    "metrics": {"tokenizer": "whitespace", "meteor": False, "spice": "", "shuffles": 3},
}


@pytest.fixture(autouse=True)
def params(workspace: Path) -> None:
    YAML().dump(PARAMS, Path("params.yaml"))


def score(rows: list[dict[str, Any]], *options: str) -> tuple[int, list[str], list[str]]:
    pd.DataFrame(rows).to_csv("mine.csv", index=False)
    return artemis("score", "mine.csv", *options)


def test_the_table() -> None:
    code, lines, problems = score(ROWS, "--tokenize", "--json", "all.json")
    assert (code, problems) == (0, [])
    assert lines[0] == "|  | mine |"
    assert "| ROUGE-L, all references | 1.000 [1.000, 1.000] |" in lines
    assert json.loads(Path("all.json").read_text())["captions"] == 2


def test_missing_pictures_are_counted() -> None:
    code, _, (note,) = score(ROWS[:1])
    assert code == 0
    assert note.startswith("mine.csv: 1 of the split's pictures have no caption")


def test_a_table_of_nothing() -> None:
    code, lines, (error,) = artemis("table")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis table: reports/metrics: no system has been scored yet; `dvc repro metrics`")


@pytest.mark.parametrize(
    ("rows", "options", "problem"),
    [
        ([*ROWS, ROWS[0]], [], "Realism/a has two captions or more"),
        ([{**ROWS[0], "painting": "z"}], [], "1 captions are of no picture of test; Realism/z is not in this data set"),
        ([{**ROWS[0], "painting": "c"}], [], "Realism/c is in the split train"),
        (ROWS, ["--split", "val"], "--split val: data/utterances/deep_nets has test, train"),
        ([{**ROWS[0], "caption": ""}], [], "mine.csv: row 1 lacks"),
    ],
)
def test_what_is_wrong_is_named(rows: list[dict[str, Any]], options: list[str], problem: str) -> None:
    code, lines, (error,) = score(rows, *options)
    assert (code, lines) == (1, [])
    assert error.startswith("artemis score: ")
    assert problem in error
