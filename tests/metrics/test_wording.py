"""Similes, lengths and distinctness on captions small enough to count by eye."""

import json
from pathlib import Path

import pytest

from stages.metrics.interface import Context
from stages.metrics.wording import SIMILES, distinct, lengths, similes

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"
NOTHING = Context([])


def test_similes_are_whole_words() -> None:
    captions = [
        "it looks like rain",
        "i think often of rain",
        "this like that",
        "the sky resembles milk",
        "is likely rain",
    ]
    scores = similes(NOTHING)(captions)
    assert scores.per_caption["simile"].tolist() == [True, False, False, True, False]
    assert scores.corpus == {"similes": 0.4}


def test_lengths_count_tokens() -> None:
    scores = lengths(NOTHING)(["the woman 's hat", "calm", ""])
    assert scores.per_caption["length"].tolist() == [4, 1, 0]
    assert scores.corpus["length"] == pytest.approx(5 / 3)


def test_distinct_captions_and_tokens() -> None:
    scores = distinct(NOTHING)(["the sea", "the sea", "a sea", "the sky"])
    assert scores.corpus == {"distinct.captions": 0.75, "distinct.tokens": 4}
    assert not scores.per_caption


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not at hand")
def test_the_phrases_are_those_of_artemis() -> None:
    captions = json.loads((REFERENCE_SCORES / "metric_sample.json").read_text())["hypothesis"]
    stored = json.loads((REFERENCE_SCORES / "metric_scores.json").read_text())["metaphor"]
    assert [any(phrase in caption for phrase in SIMILES) for caption in captions] == stored
    whole_words = similes(NOTHING)(captions).per_caption["simile"]
    assert 0 < whole_words.sum() <= sum(stored)
    assert not any(found and not substring for found, substring in zip(whole_words, stored, strict=True))
