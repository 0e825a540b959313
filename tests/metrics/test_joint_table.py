"""The joint table, with and without intervals."""

import pandas as pd

from stages.metrics.joint_table import HEADLINE, ROWS, joint, margins, markdown, weakest

NUMBERS = {
    "bleu_1": 0.5204,
    "meteor": 0.1342,
    "similes": 0.268,
    "distinct": {"captions": 0.461},
    "shuffled": {"bleu_4": 0.01},
}
DASH = "\N{EN DASH}"


def test_cells_have_the_format_of_their_value() -> None:
    table = joint({"human": NUMBERS, "captions": {**NUMBERS, "bleu_4": 0.0788}}, HEADLINE)
    assert table.columns.tolist() == ["speaker", "people"]
    assert table["speaker"].tolist() == ["0.520", "0.079", "0.010", "0.134", "26.8 %", "46.1 %"]
    assert table.loc["BLEU-4", "people"] == DASH
    # A value that no system has gets no row.
    assert "CIDEr-D" not in table.index


def test_intervals_and_a_system_of_another_study() -> None:
    details = {"theirs": {"values": {"bleu_1": {"value": 0.5204, "low": 0.5, "high": 0.54}}}}
    table = joint({"theirs": NUMBERS, "human": NUMBERS}, ("bleu_1", "similes"), details)
    assert table.columns.tolist() == ["people", "theirs"]
    assert table["theirs"].tolist() == ["0.520 [0.500, 0.540]", "26.8 %"]


TEST = {"right": 0.2, "shuffled": 0.1, "margin": 0.1, "p": 0.0099}
SLICES = {
    "worst": {"by": "meteor", "slice": "Pop_Art"},
    "slices": {"Pop_Art": {"pictures": 7, "meteor": {"value": 0.1}}},
}
DETAILS = {
    "human": {"values": {}, "sight": {"overall": {"bleu_4": TEST}}, "slices": {"style": SLICES}},
    "captions": {
        "values": {"self_bleu": {"value": 0.5}},
        "judges": {"alignment": {"accuracy": 0.7, "low": 0.65, "high": 0.75}},
        "sight": {"overall": {"bleu_4": TEST}, "within_style": {"bleu_4": {**TEST, "margin": -0.01, "p": 0.5}}},
        "slices": {"style": SLICES, "genre": {"worst": None, "slices": {}}},
    },
}


def test_details_add_rows() -> None:
    table = joint({"human": NUMBERS, "captions": NUMBERS}, details=DETAILS)
    assert table.loc["self-BLEU"].tolist() == ["0.500", DASH]
    assert table.loc[ROWS["judges.alignment.accuracy"]].tolist() == ["70.0 % [65.0 %, 75.0 %]", DASH]


def test_margins() -> None:
    table = margins(DETAILS)
    assert table.columns.tolist() == ["speaker", "people"]
    assert table.loc["BLEU-4"].tolist() == ["+0.100 (p = 0.0099)"] * 2
    assert table.loc["BLEU-4 within styles"].tolist() == ["-0.010 (p = 0.5)", DASH]
    assert len(table) == 2


def test_weakest_slices() -> None:
    table = weakest(DETAILS)
    assert table.loc["style", "people"] == "Pop_Art, METEOR 0.100, 7 pictures"
    assert table.loc["genre"].tolist() == [DASH, DASH]


def test_markdown() -> None:
    table = pd.DataFrame({"speaker": ["0.1"], "people": ["0.2"]}, index=["BLEU-4"])
    assert markdown(table) == "|  | speaker | people |\n| --- | ---: | ---: |\n| BLEU-4 | 0.1 | 0.2 |"
