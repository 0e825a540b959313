"""The whole study on other data sets: without emotions and with splits of their own, or with other labels."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from stages.common.files import read_json
from tests import miniature
from tests.study import Study
from tests.warm.interpreter import environment

Row = dict[str, str]
# Plutchik's eight, in an order of their own.
LABELS = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation")
POLARITIES = ("positive", "positive", "negative", "else", "negative", "negative", "negative", "positive")
OF_ARTEMIS = {
    "amusement": "joy",
    "awe": "trust",
    "contentment": "joy",
    "excitement": "anticipation",
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "sadness": "sadness",
    "something else": "surprise",
}
SPLITS = ("train", "train", "train", "val", "test", "rest")


def build(folder: Path, change: Callable[[Row], Row], card: str, params: dict[str, object]) -> Path:
    """Run the study on the pictures and, as `change` makes them, the annotations of the embedded corpus."""
    miniature.copy(folder, miniature.SMALL)
    miniature.dvc(folder, "repro", "demo")
    mine = folder / "data/raw/mine"
    mine.mkdir()
    with (folder / "data/raw/demo/annotations.csv").open(encoding="utf-8", newline="") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    with (mine / "annotations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    (mine / "dataset.yaml").write_text(card, encoding="utf-8")
    (mine / "images").symlink_to(folder / "data/raw/demo/images")
    subprocess.run(
        [sys.executable, "-m", "commands", "inventory", "mine"],
        cwd=folder,
        env=environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    miniature.change(folder / "params.yaml", {"dataset": "mine", **params})
    (folder / "printed.txt").write_text(miniature.dvc(folder, "repro"), encoding="utf-8")
    return folder


def without_emotion(row: Row) -> Row:
    """The row without its emotion, in a split by the name of its painting."""
    split = SPLITS[sum(map(ord, row["painting"])) % len(SPLITS)]
    return {name: row[name] for name in ("art_style", "painting", "utterance")} | {"split": split}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = {"utterances.split_by": "given", "utterances.high_coverage": 0}
    return build(tmp_path_factory.mktemp("quiet") / "study", without_emotion, "name: Quiet\n", given)


@pytest.fixture(scope="module")
def plutchik(tmp_path_factory: pytest.TempPathFactory) -> Path:
    emotions = "".join(f"  {label}: {polarity}\n" for label, polarity in zip(LABELS, POLARITIES, strict=True))
    grounded = {"speaker.emo_grounding": True, "captions.emotion_from": "all"}
    return build(
        tmp_path_factory.mktemp("plutchik") / "study",
        lambda row: {**row, "emotion": OF_ARTEMIS[row["emotion"]]},
        f"name: Plutchik's\nemotions:\n{emotions}",
        grounded,
    )


def test_every_out_is_there_without_emotions(study: Study, quiet: Path) -> None:
    assert [out for stage in study.stages for out in stage.outs if not (quiet / out).exists()] == []
    assert read_json(quiet / "data/annotations/emotions.json") == {}
    for name in ("histograms", "text_classifier", "image_classifier"):
        assert read_json(quiet / f"reports/{name}/metrics.json") == {}
    for name in ("text_classifier", "image_classifier"):
        assert read_json(quiet / f"data/{name}/config.json") == {"no_model": "the data set has no emotions"}
        assert (quiet / f"reports/{name}/confusion.csv").read_text() == "actual,predicted,count,share\n"
        assert (quiet / f"reports/{name}/epochs.tsv").read_text().startswith("epoch\ttrain_")
        assert len(pq.read_table(quiet / f"data/{name}/probabilities.parquet")) == 0
    assert len(pq.read_table(quiet / "data/histograms/histograms.parquet")) == 0
    assert len(pq.read_table(quiet / "data/anp_captions/captions.parquet")) == 0
    assert read_json(quiet / "reports/metrics/anp_captions.json") == {}


def test_a_line_says_why_something_is_empty(quiet: Path) -> None:
    printed = (quiet / "printed.txt").read_text(encoding="utf-8")
    for stage, what in {
        "histograms": "no rows",
        "text_classifier": "no model",
        "image_classifier": "no model",
        "anp_captions": "no captions",
    }.items():
        assert f"{stage}: {what}: the data set has no emotions [" in printed
    assert "metrics@anp_captions: nothing to score: data/anp_captions/captions.parquet has no captions" in printed
    assert "Warning" not in printed


def test_speakers_and_all_other_metrics_work_without_emotions(quiet: Path) -> None:
    captions = pd.read_parquet(quiet / "data/captions/captions.parquet")
    assert len(captions) > 0
    assert captions["grounding_emotion"].isna().all()
    for system in ("captions", "neighbor_captions", "human"):
        metrics = read_json(quiet / f"reports/metrics/{system}.json")
        assert {"bleu_4", "cider", "rouge_l", "novelty", "shuffled"} <= metrics.keys()
        assert "alignment" not in metrics
        assert read_json(quiet / f"reports/metrics/{system}.details.json")["judges"] == {}


def test_pages_leave_out_emotions(quiet: Path) -> None:
    reports = quiet / "reports"
    assert "This page is empty: the data set has no emotions." in (reports / "classifiers.html").read_text()
    assert "This page is empty: the data set has no emotions." in (reports / "emotions.html").read_text()
    index, dataset, speakers = ((reports / f"{name}.html").read_text() for name in ("index", "dataset", "speakers"))
    assert "classifiers.html" not in index
    assert "emotions.html" not in index
    assert "speakers.html" in index
    for heading in ("Emotions", "Agreement", "Styles"):
        assert f">{heading}</h2>" not in dataset
    assert ">Sizes and lengths</h2>" in dataset
    assert ">Captions by emotion</h2>" not in speakers
    assert "Emotional alignment" not in speakers
    assert (reports / "model_cards/text_classifier.md").read_text() == (
        "# Emotion classification of utterances\n\nThere is no such model: the data set has no emotions.\n"
    )


def test_the_splits_are_the_given_ones(quiet: Path) -> None:
    utterances = pd.read_parquet(quiet / "data/utterances/analysis/utterances.parquet")
    expected = [without_emotion({**row, "utterance": ""})["split"] for row in utterances.astype(str).to_dict("records")]
    assert utterances["split"].astype(str).tolist() == expected
    assert set(expected) == set(SPLITS)


def test_everything_follows_other_labels(plutchik: Path) -> None:
    assert list(read_json(plutchik / "reports/histograms/metrics.json")["share"]) == list(LABELS)
    for name in ("text_classifier", "image_classifier"):
        assert read_json(plutchik / f"data/{name}/config.json")["emotions"] == list(LABELS)
        assert pq.read_schema(plutchik / f"data/{name}/probabilities.parquet").names[-8:] == list(LABELS)
        assert len((plutchik / f"reports/{name}/confusion.csv").read_text().splitlines()) == 1 + 64
    config = read_json(plutchik / "data/speaker/config.json")
    assert config["emotions"] == list(LABELS)
    captions = pd.read_parquet(plutchik / "data/captions/captions.parquet")
    assert captions["grounding_emotion"].value_counts().to_dict() == dict.fromkeys(LABELS, len(captions) / 8)
    judges = read_json(plutchik / "reports/metrics/captions.details.json")["judges"]
    assert list(judges["alignment"]["confusion"]) == list(LABELS)
    neutral = pd.read_parquet(plutchik / "data/anp_captions/captions.parquet")["grounding_emotion"]
    assert set(neutral) <= {label for label, polarity in zip(LABELS, POLARITIES, strict=True) if polarity != "else"}
    for page in ("dataset", "classifiers", "speakers"):
        shown = (plutchik / f"reports/{page}.html").read_text()
        assert "anticipation" in shown
        assert "contentment" not in shown
    assert 'speaker.emotions.index("joy")' in (plutchik / "reports/model_cards/speaker.md").read_text()
