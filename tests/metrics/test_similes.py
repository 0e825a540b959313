"""Similes on captions small enough to count by eye, and by the stored scores of the ArtEmis code."""

import json
from pathlib import Path

import numpy as np
import pytest

from stages.metrics.diversity import SIMILES
from stages.metrics.interface import NONE, Columns, Context, Trials

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"


def similes(captions: list[str]) -> Columns:
    return SIMILES.prepare(Context([]))(Trials.plain(captions))


def test_whole_words_and_substrings() -> None:
    captions = [
        "it looks like rain",
        "i think often of rain",
        "this like that",
        "the sky resembles milk",
        "is likely rain",
    ]
    found = similes(captions)
    assert found["simile"].tolist() == [1, 0, 0, 1, 0]
    assert found["simile_substring"].tolist() == [1, 1, 1, 1, 1]


def test_one_value_per_trial() -> None:
    text, picture, dropped = np.array([1, 1, 0]), np.arange(3), np.full(3, NONE)
    trials = Trials(["a sea", "it looks like rain"], text, picture, dropped)
    assert SIMILES.prepare(Context([]))(trials)["simile"].tolist() == [1, 1, 0]


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not at hand")
def test_substrings_are_counted_as_artemis_does() -> None:
    captions = json.loads((REFERENCE_SCORES / "metric_sample.json").read_text())["hypothesis"]
    stored = json.loads((REFERENCE_SCORES / "metric_scores.json").read_text())["metaphor"]
    found = similes(captions)
    assert found["simile_substring"].astype(bool).tolist() == stored
    assert 0 < found["simile"].sum() <= sum(stored)
    assert (found["simile"] <= found["simile_substring"]).all()
