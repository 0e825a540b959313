"""METEOR: the score from its counts by hand, and, with Java, equality with pycocoevalcap's stored scores."""

import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.metrics import meteor
from stages.metrics.interface import Context, Pairings, Unavailable
from stages.metrics.meteor import METEOR, counts, score_of

PARITY = Path(__file__).parents[3] / "shared/parity"
stored_scores = pytest.mark.skipif(not PARITY.is_dir(), reason="the stored scores are not in shared/")
with_java = pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")


def scores(captions: list[str], references: list[list[str]]) -> list[float]:
    return METEOR.prepare(Context(references))(Pairings.in_order(captions))["meteor"].tolist()


def pooled(captions: list[str], references: list[list[str]]) -> float:
    """METEOR's own corpus value: the score of the summed counts of each caption's best reference."""
    each = [counts([caption] * len(texts), texts) for caption, texts in zip(captions, references, strict=True)]
    return float(score_of(np.sum([numbers[score_of(numbers).argmax()] for numbers in each], axis=0)))


def test_score_by_hand() -> None:
    # "the calm sea" for "the sea is calm": "the" is a function word, as is "is"; three chunks of one word.
    numbers = np.zeros(23)
    numbers[:8] = 3, 4, 1, 2, 2, 2, 1, 1
    numbers[20:] = 3
    recall = 1.75 / 2
    expected = recall / (0.85 + 0.15 * recall) * (1 - 0.6)
    assert score_of(numbers) == pytest.approx(expected)
    assert score_of(np.zeros((2, 23))).tolist() == [0, 0]


def test_unavailable_without_java(monkeypatch: pytest.MonkeyPatch) -> None:
    # A cache of its own keeps the program of the other tests running.
    monkeypatch.setattr(meteor, "server", cache(meteor.server.__wrapped__))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="METEOR runs on Java, and there is no `java` on the PATH"):
        METEOR.prepare(Context([["a sea"]]))


@with_java
@stored_scores
def test_scores_equal_the_stored_ones() -> None:
    sample = json.loads((PARITY / "reference_metrics/metric_sample.json").read_text())
    stored = json.loads((PARITY / "reference_metrics/metric_scores.json").read_text())
    values = scores(sample["hypothesis"], sample["references"])
    assert values == pytest.approx(stored["meteor"], abs=1e-12)
    summary = pd.read_csv(PARITY / "reference_metrics/apply_basic_evaluations.csv", index_col="metric").loc["METEOR"]
    assert [np.mean(values), np.std(values, ddof=1)] == pytest.approx(summary.tolist(), abs=1e-9)
    for case in json.loads((PARITY / "metrics/golden.json").read_text()).values():
        values = scores(case["tokenized_hyp"], case["tokenized_refs"])
        assert values == pytest.approx(case["per_item"]["METEOR"], abs=1e-12)
        together = pooled(case["tokenized_hyp"], case["tokenized_refs"])
        assert together == pytest.approx(case["corpus"]["METEOR"], abs=1e-12)


@with_java
def test_unusual_captions_get_a_score() -> None:
    # Empty, with METEOR's separator, of two lines, not ASCII.
    unusual = ["", "a ||| sea", "a\nsea", "ein stürmisches Meer"]
    assert scores(unusual, [["a sea"]] * 3 + [["ein stürmisches Meer"]]) == [0, *[pytest.approx(1)] * 3]


@with_java
def test_ends_of_lines_within_a_caption_are_spaces() -> None:
    ends = ["\n", "\r\n", "\v", "\x1c", "\x85", "\u2028", "\u2029"]
    values = scores([f"the calm{end}sea" for end in ends], [["the sea is calm"]] * len(ends))
    assert values == scores(["the calm sea"], [["the sea is calm"]]) * len(ends)


@with_java
def test_half_a_character_leaves_meteor_out() -> None:
    with pytest.raises(Unavailable, match="UTF-8"):
        scores(["a sea", "a \ud800 sea"], [["a sea"]] * 2)
    assert scores(["a sea"], [["a sea"]]) == [pytest.approx(1)]
