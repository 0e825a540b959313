"""Summary of an evaluation: headline numbers, details, slices, and the files that they are written to."""

import json

import numpy as np
import pandas as pd
import pytest

from stages.metrics.interface import CAPTIONS, mean
from stages.metrics.summary import HEADLINE, details, headline, picture_table, slices, worst
from stages.metrics.tables import (
    details_file,
    load_details,
    load_metrics,
    metrics_file,
    nest,
    pictures_file,
    read_pictures,
    save_metrics,
    save_pictures,
)
from tests.metrics.test_evaluate import PERFECT, RESAMPLING, evaluated


def test_headline_numbers_and_their_order() -> None:
    numbers = headline(evaluated(PERFECT), PERFECT)
    assert list(numbers) == [
        *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider"),
        *("similes", "length", "distinct.captions", "distinct.tokens", "shuffled.bleu_4", "shuffled.rouge_l"),
        *("all_references.bleu_1", "all_references.bleu_4", "all_references.rouge_l", "all_references.references"),
        *("captions", "references"),
    ]
    assert numbers["bleu_4"] == pytest.approx(1.0)
    assert numbers["similes"] == 0.5
    assert numbers["distinct.tokens"] == 10
    assert (numbers["captions"], numbers["references"], numbers["all_references.references"]) == (2, 1.5, 2.5)


def test_headline_has_at_most_25_numbers() -> None:
    # With the three counts.
    assert len(HEADLINE) + 3 <= 25


def test_files_are_equal_bytes_for_equal_captions(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = []
    for _ in range(2):
        evaluation = evaluated(PERFECT)
        labels = {"style": PERFECT.artworks["art_style"]}
        numbers = headline(evaluation, PERFECT)
        save_metrics(numbers, details(evaluation, PERFECT, labels, RESAMPLING, {}), "captions")
        save_pictures(picture_table(evaluation, PERFECT), "captions")
        written.append([file("captions").read_bytes() for file in (metrics_file, details_file, pictures_file)])
    assert written[0] == written[1]
    assert load_metrics("captions")["bleu_1"] == json.loads(written[0][0])["bleu_1"]
    assert load_details("captions")["values"]["rouge_l"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    table = read_pictures(pictures_file("captions"))
    assert table["caption"].tolist() == ["the sea is very calm", "a man looks like stone"]
    assert table["simile"].tolist() == [0, 1]
    assert table["bleu_4"].tolist() == pytest.approx([1, 1])


def test_dotted_names_become_groups() -> None:
    assert nest({"a": 1, "b.c": 2, "b.d": 3}) == {"a": 1, "b": {"c": 2, "d": 3}}


def test_slices_and_the_worst_of_them() -> None:
    labels = pd.Series(["b"] * 5 + ["a"] * 6 + ["tiny", None])
    columns = {"x": np.array([0.2] * 5 + [0.5] * 6 + [0.0, 0.0]), CAPTIONS: np.ones(13)}
    scores = slices([mean("x")], columns, labels, resamples=10, seed=1)
    assert list(scores) == ["a", "b", "tiny"]
    assert scores["b"] == {"pictures": 5, "x": pytest.approx({"value": 0.2, "low": 0.2, "high": 0.2})}
    # A slice of one picture is too small to be the worst.
    assert worst(scores, mean("x")) == "b"
    assert worst(scores, mean("x", lower_is_better=True)) == "a"
    assert worst({"tiny": scores["tiny"]}, mean("x")) is None
