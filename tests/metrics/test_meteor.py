"""METEOR: the score from its counts, and, where Java is, equality with pycocoevalcap's stored scores."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.metrics.interface import Context, Trials, Unavailable
from stages.metrics.meteor import METEOR, counts, score_of, server

PARITY = Path(__file__).parents[3] / "shared/parity"
stored_scores = pytest.mark.skipif(not PARITY.is_dir(), reason="the stored scores are not at hand")
with_java = pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java here")


def meteor(captions: list[str], references: list[list[str]]) -> list[float]:
    return METEOR.prepare(Context(references))(Trials.plain(captions))["meteor"].tolist()


def pooled(captions: list[str], references: list[list[str]]) -> float:
    """METEOR's own corpus value: the counts of each caption's best reference, added up."""
    each = [counts([caption] * len(own), own) for caption, own in zip(captions, references, strict=True)]
    return float(score_of(np.sum([found[score_of(found).argmax()] for found in each], axis=0)))


def test_the_score_by_hand() -> None:
    # "the calm sea" for "the sea is calm": "the" is a function word, as is "is"; three chunks of one word.
    found = np.zeros(23)
    found[:8] = 3, 4, 1, 2, 2, 2, 1, 1
    found[20:] = 3
    recall = 1.75 / 2
    expected = recall / (0.85 + 0.15 * recall) * (1 - 0.6)
    assert score_of(found) == pytest.approx(expected)
    assert score_of(np.zeros((2, 23))).tolist() == [0, 0]


def test_without_java_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    server.cache_clear()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="METEOR runs on Java, and there is no `java` on the PATH"):
        METEOR.prepare(Context([["a sea"]]))
    monkeypatch.undo()
    server.cache_clear()


@with_java
@stored_scores
def test_stored_scores() -> None:
    sample = json.loads((PARITY / "reference_metrics/metric_sample.json").read_text())
    stored = json.loads((PARITY / "reference_metrics/metric_scores.json").read_text())
    found = meteor(sample["hypothesis"], sample["references"])
    assert found == pytest.approx(stored["meteor"], abs=1e-12)
    summary = pd.read_csv(PARITY / "reference_metrics/apply_basic_evaluations.csv", index_col="metric").loc["METEOR"]
    assert [np.mean(found), np.std(found, ddof=1)] == pytest.approx(summary.tolist(), abs=1e-9)
    for case in json.loads((PARITY / "metrics/golden.json").read_text()).values():
        found = meteor(case["tokenized_hyp"], case["tokenized_refs"])
        assert found == pytest.approx(case["per_item"]["METEOR"], abs=1e-12)
        together = pooled(case["tokenized_hyp"], case["tokenized_refs"])
        assert together == pytest.approx(case["corpus"]["METEOR"], abs=1e-12)


@with_java
def test_odd_captions_get_a_score() -> None:
    # Empty, with METEOR's separator, of two lines, not ASCII.
    odd = ["", "a ||| sea", "a\nsea", "ein stürmisches Meer"]
    assert meteor(odd, [["a sea"]] * 3 + [["ein stürmisches Meer"]]) == [0, *[pytest.approx(1)] * 3]
