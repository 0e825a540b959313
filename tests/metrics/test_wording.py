"""Similes, lengths and distinctness on captions small enough to count by eye."""

import json
from pathlib import Path

import pytest

from stages.metrics.arrays import Array
from stages.metrics.interface import Context, Metric, Trials
from stages.metrics.wording import LENGTH, SIMILES, SIMILES_USED, distinct

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"
NOTHING = Context([])


def column(metric: Metric, captions: list[str]) -> Array:
    (found,) = metric.prepare(NOTHING)(Trials.plain(captions)).values()
    return found


def test_similes_are_whole_words() -> None:
    captions = [
        "it looks like rain",
        "i think often of rain",
        "this like that",
        "the sky resembles milk",
        "is likely rain",
    ]
    assert column(SIMILES_USED, captions).tolist() == [1, 0, 0, 1, 0]


def test_lengths_count_tokens() -> None:
    assert column(LENGTH, ["the woman 's hat", "calm", ""]).tolist() == [4, 1, 0]


def test_distinct_captions_and_tokens() -> None:
    found = distinct(NOTHING, ["the sea", "the sea", "a sea", "the sky"])
    assert found == {"distinct.captions": 0.75, "distinct.tokens": 4}


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not at hand")
def test_the_phrases_are_those_of_artemis() -> None:
    captions = json.loads((REFERENCE_SCORES / "metric_sample.json").read_text())["hypothesis"]
    stored = json.loads((REFERENCE_SCORES / "metric_scores.json").read_text())["metaphor"]
    assert [any(phrase in caption for phrase in SIMILES) for caption in captions] == stored
    whole_words = column(SIMILES_USED, captions)
    assert 0 < whole_words.sum() <= sum(stored)
    assert not any(found and not substring for found, substring in zip(whole_words, stored, strict=True))
