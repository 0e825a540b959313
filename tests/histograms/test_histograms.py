"""Counts of emotions per artwork."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.annotations.tables import save_annotations, save_emotions
from stages.common.emotions import ARTEMIS
from stages.histograms.__main__ import main
from stages.histograms.tables import count_emotions, load_histograms, save_histograms

VOTES = pd.DataFrame(
    [
        ("Rococo", "b", "awe"),
        ("Cubism", "z", "something else"),
        ("Rococo", "b", "awe"),
        ("Rococo", "a", "fear"),
        ("Rococo", "b", "amusement"),
    ],
    columns=["art_style", "painting", "emotion"],
)


def test_every_artwork_has_nine_counts():
    frame = count_emotions(VOTES, ARTEMIS)
    assert frame[["art_style", "painting"]].to_numpy().tolist() == [["Cubism", "z"], ["Rococo", "a"], ["Rococo", "b"]]
    assert np.stack(frame["counts"].tolist()).tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 1, 0, 0],
        [1, 2, 0, 0, 0, 0, 0, 0, 0],
    ]


def test_the_same_name_in_two_styles_is_two_artworks():
    votes = pd.DataFrame({"art_style": ["A", "B"], "painting": "same", "emotion": "awe"})
    assert [counts.tolist()[1] for counts in count_emotions(votes, ARTEMIS)["counts"]] == [1, 1]


def test_a_round_trip(tmp_path):
    save_histograms(count_emotions(VOTES, ARTEMIS), ARTEMIS, tmp_path / "histograms.parquet")
    loaded = load_histograms(tmp_path / "histograms.parquet")
    assert loaded["counts"][2].tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0]
    assert loaded["counts"][2].dtype == np.int32


def test_the_stage_counts_all_annotations(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_emotions(ARTEMIS)
    save_annotations(VOTES.assign(record=range(1, 6), utterance="x", repetition=1, has_picture=False))
    assert main() == "5 votes on 3 artworks, most often awe (40.0%)"
    metrics = json.loads(Path("reports/histograms/metrics.json").read_text())
    assert metrics["artworks"] == 3
    assert metrics["share"]["awe"] == pytest.approx(0.4)
    assert sum(metrics["share"].values()) == pytest.approx(1)
