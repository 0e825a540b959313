"""The joint table, with and without intervals."""

import pandas as pd

from stages.metrics.joint import HEADLINE, joint, markdown

NUMBERS = {
    "bleu_1": 0.5204,
    "meteor": 0.1342,
    "similes": 0.268,
    "distinct": {"captions": 0.461},
    "shuffled": {"bleu_4": 0.01},
}
DASH = "\N{EN DASH}"


def test_cells() -> None:
    found = joint({"human": NUMBERS, "captions": {**NUMBERS, "bleu_4": 0.0788}}, HEADLINE)
    assert found.columns.tolist() == ["speaker", "people"]
    assert found["speaker"].tolist() == ["0.520", "0.079", "0.010", "0.134", "26.8 %", "46.1 %"]
    assert found.loc["BLEU-4", "people"] == DASH
    # What no system has is no row.
    assert "CIDEr-D" not in found.index


def test_intervals_and_a_stranger() -> None:
    details = {"theirs": {"values": {"bleu_1": {"value": 0.5204, "low": 0.5, "high": 0.54}}}}
    found = joint({"theirs": NUMBERS, "human": NUMBERS}, ("bleu_1", "similes"), details)
    assert found.columns.tolist() == ["people", "theirs"]
    assert found["theirs"].tolist() == ["0.520 [0.500, 0.540]", "26.8 %"]


def test_markdown() -> None:
    table = pd.DataFrame({"speaker": ["0.1"], "people": ["0.2"]}, index=["BLEU-4"])
    assert markdown(table) == "|  | speaker | people |\n| --- | ---: | ---: |\n| BLEU-4 | 0.1 | 0.2 |"
