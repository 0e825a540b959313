"""METEOR as a metric of the study, by both programs."""

import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.interface import NONE, Columns, Context, Pairings, Unavailable
from stages.metrics.meteor import java, metric, resources
from stages.metrics.meteor.meteor import Meteor
from stages.metrics.meteor.metric import COLUMNS, Engine
from stages.metrics.overlap import Cells

PARITY = Path(__file__).parents[4] / "shared/parity"
stored_scores = pytest.mark.skipif(not PARITY.is_dir(), reason="the stored scores are not in shared/")
with_java = pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
ENGINES = ["python", pytest.param("java", marks=with_java)]


@pytest.fixture
def small_data(small_meteor: Meteor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metric, "_counts", lambda engine: small_meteor.counts)


def columns(engine: Engine, captions: list[str], references: list[list[str]]) -> Columns:
    return metric.metric(engine).prepare(Context(references))(Pairings.in_order(captions))


def scores(engine: Engine, captions: list[str], references: list[list[str]]) -> list[float]:
    return columns(engine, captions, references)["meteor"].tolist()


def corpus(engine: Engine, captions: list[str], references: list[list[str]]) -> dict[str, float]:
    found = columns(engine, captions, references)
    sums = totals({**found, "captions": np.ones(len(captions))})
    return {name: float(value) for name, value in corpus_values(metric.metric(engine).values, sums).items()}


@pytest.mark.usefixtures("small_data")
def test_columns_are_those_of_the_best_reference(small_meteor: Meteor) -> None:
    captions, references = ["the man", "a boat of p"], [["q", "the man"], ["a ship", "q"]]
    found = columns("python", captions, references)
    assert list(found) == ["meteor", *COLUMNS]
    assert found["meteor"].tolist() == [1, small_meteor.score("a boat of p", ["a ship"])]
    assert found["meteor.reference_words"].tolist() == [2, 2]
    # The chunk of a wholly matched caption is not added.
    assert found["meteor.chunks"].tolist() == [0, 1]
    values = corpus("python", captions, references)
    assert values["meteor"] == pytest.approx(found["meteor"].mean())
    assert values["meteor_corpus"] == small_meteor.corpus(captions, references)


@pytest.mark.usefixtures("small_data")
def test_a_reference_is_left_out(small_meteor: Meteor) -> None:
    references = [["the man", "the boat", "the man"]]
    pairings = Pairings(["the man"], np.zeros(4, int), np.zeros(4, int), np.array([NONE, 0, 1, 2]))
    found = metric.metric("python").prepare(Context(references))(pairings)
    assert found["meteor"].tolist() == [1, 1, 1, 1]
    pairings = Pairings(["the boat"], np.zeros(2, int), np.zeros(2, int), np.array([NONE, 1]))
    found = metric.metric("python").prepare(Context(references))(pairings)
    assert found["meteor"].tolist() == [1, small_meteor.score("the boat", ["the man"])]


def test_the_best_cell_is_the_first_of_equal_ones() -> None:
    cells = Cells(
        Pairings(["a"], np.zeros(4, int), np.array([0, 0, 0, 1]), np.array([NONE, 0, 1, NONE])),
        Context([["x", "y", "z"], ["x"]]),
    )
    assert cells.best(np.array([2.0, 2.0, 1.0, 5.0])).tolist() == [0, 1, 0, 3]


@stored_scores
@pytest.mark.parametrize("engine", ENGINES)
def test_scores_equal_the_stored_ones(engine: Engine) -> None:
    sample = json.loads((PARITY / "reference_metrics/metric_sample.json").read_text())
    stored = json.loads((PARITY / "reference_metrics/metric_scores.json").read_text())
    values = scores(engine, sample["hypothesis"], sample["references"])
    assert values == pytest.approx(stored["meteor"], abs=1e-12)
    summary = pd.read_csv(PARITY / "reference_metrics/apply_basic_evaluations.csv", index_col="metric").loc["METEOR"]
    assert [np.mean(values), np.std(values, ddof=1)] == pytest.approx(summary.tolist(), abs=1e-9)
    for case in json.loads((PARITY / "metrics/golden.json").read_text()).values():
        values = scores(engine, case["tokenized_hyp"], case["tokenized_refs"])
        assert values == pytest.approx(case["per_item"]["METEOR"], abs=1e-12)
        together = corpus(engine, case["tokenized_hyp"], case["tokenized_refs"])["meteor_corpus"]
        assert together == pytest.approx(case["corpus"]["METEOR"], abs=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_unusual_captions_get_a_score(engine: Engine) -> None:
    # Empty, with METEOR's separator, of two lines, not ASCII.
    unusual = ["", "a ||| sea", "a\nsea", "ein stürmisches Meer"]
    assert scores(engine, unusual, [["a sea"]] * 3 + [["ein stürmisches Meer"]]) == [0, *[pytest.approx(1)] * 3]


@pytest.mark.parametrize("engine", ENGINES)
def test_ends_of_lines_within_a_caption_are_spaces(engine: Engine) -> None:
    ends = ["\n", "\r\n", "\v", "\x1c", "\x85", "\u2028", "\u2029"]
    values = scores(engine, [f"the calm{end}sea" for end in ends], [["the sea is calm"]] * len(ends))
    assert values == scores(engine, ["the calm sea"], [["the sea is calm"]]) * len(ends)


@with_java
def test_half_a_character_leaves_the_java_program_out() -> None:
    with pytest.raises(Unavailable, match="UTF-8"):
        scores("java", ["a sea", "a \ud800 sea"], [["a sea"]] * 2)
    assert scores("java", ["a sea"], [["a sea"]]) == [pytest.approx(1)]
    assert scores("python", ["a \ud800 sea"], [["a \ud800 sea"]]) == [pytest.approx(1)]


@pytest.fixture
def new_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines of this test alone; the program and the index of the other tests stay."""
    monkeypatch.setattr(java, "server", cache(java.server.__wrapped__))
    monkeypatch.setattr(metric, "_counts", cache(metric._counts.__wrapped__))
    return


@pytest.mark.usefixtures("new_engines")
def test_unavailable_without_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="METEOR runs on Java, and there is no `java` on the PATH"):
        metric.metric("java").prepare(Context([["a sea"]]))
    with pytest.raises(Unavailable, match="Java"):
        metric.require("java")
    metric.require("python")


@pytest.mark.usefixtures("new_engines")
def test_unavailable_without_its_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "installed", lambda: tmp_path)
    with pytest.raises(Unavailable, match=r"paraphrase-en\.gz"):
        metric.require("python")
    monkeypatch.setattr("stages.metrics.meteor.meteor.installed", lambda: tmp_path)
    with pytest.raises(Unavailable, match=r"meteor-1\.5\.jar"):
        metric.metric("python").prepare(Context([["a sea"]]))
