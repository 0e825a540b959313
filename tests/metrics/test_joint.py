"""The joint table, with and without intervals."""

import pandas as pd

from stages.metrics.joint_table import HEADLINE, joint, margins, markdown, weakest

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


SIGHT = {"right": 0.2, "shuffled": 0.1, "margin": 0.1, "p": 0.0099}
SLICES = {
    "worst": {"by": "meteor", "slice": "Pop_Art"},
    "slices": {"Pop_Art": {"pictures": 7, "meteor": {"value": 0.1}}},
}
DETAILS = {
    "human": {"values": {}, "sight": {"overall": {"bleu_4": SIGHT}}, "slices": {"style": SLICES}},
    "captions": {
        "values": {"self_bleu": {"value": 0.5}},
        "judges": {"alignment": {"accuracy": 0.7}},
        "sight": {"overall": {"bleu_4": SIGHT}, "within_style": {"bleu_4": {**SIGHT, "margin": -0.01, "p": 0.5}}},
        "slices": {"style": SLICES, "genre": {"worst": None, "slices": {}}},
    },
}


def test_details_add_rows() -> None:
    found = joint({"human": NUMBERS, "captions": NUMBERS}, details=DETAILS)
    assert found.loc["self-BLEU"].tolist() == ["0.500", DASH]
    assert found.loc["of people's utterances, emotions told right"].tolist() == ["70.0 %", DASH]


def test_margins() -> None:
    found = margins(DETAILS)
    assert found.columns.tolist() == ["speaker", "people"]
    assert found.loc["BLEU-4"].tolist() == ["+0.100 (p = 0.0099)"] * 2
    assert found.loc["BLEU-4 within styles"].tolist() == ["-0.010 (p = 0.5)", DASH]
    assert len(found) == 2


def test_weakest_slices() -> None:
    found = weakest(DETAILS)
    assert found.loc["style", "people"] == "Pop_Art, METEOR 0.100, 7 pictures"
    assert found.loc["genre"].tolist() == [DASH, DASH]


def test_markdown() -> None:
    table = pd.DataFrame({"speaker": ["0.1"], "people": ["0.2"]}, index=["BLEU-4"])
    assert markdown(table) == "|  | speaker | people |\n| --- | ---: | ---: |\n| BLEU-4 | 0.1 | 0.2 |"
