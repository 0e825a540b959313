"""The joint table in parts: every row stands in one, and published values beside the systems."""

from stages.metrics.joint_table import ROWS
from stages.speakers_report.scores import PARTS, PUBLISHED, parts, published


def test_every_row_of_the_joint_table_stands_in_one_part() -> None:
    placed = [name for names in PARTS.values() for name in names]
    assert sorted(placed) == sorted(ROWS)


def test_published_values_are_found_in_the_list_of_all() -> None:
    theirs = published()
    assert theirs["published speaker"]["all_references.bleu_4"] == 0.078834
    assert theirs["published people"]["similes_by_substring"] == 0.2090770733080557
    assert {name for values in PUBLISHED.values() for name in values} <= set(ROWS)


def test_published_values_stand_beside_the_systems_where_there_are_any() -> None:
    metrics = {
        "captions": {"bleu_4": 0.25, "all_references": {"bleu_4": 0.5}, "length": 8.0, "captions": 3},
        "human": {"bleu_4": 0.5},
    }
    details = {"captions": {"values": {"bleu_4": {"value": 0.25, "low": 0.125, "high": 0.375}}}}
    left_out, every, _, collapse, _ = parts(metrics, details).values()
    assert left_out.columns.tolist() == ["speaker", "people"]
    assert left_out.loc["BLEU-4", "speaker"] == "0.250 [0.125, 0.375]"
    # People are not scored by all references.
    assert every.columns.tolist() == ["speaker", "published speaker"]
    assert every.loc["BLEU-4, all references"].tolist() == ["0.500", "0.079"]
    assert collapse.loc["tokens per caption"].tolist() == ["8.0", "10.1", "15.9"]
