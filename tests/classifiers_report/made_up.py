"""Outputs of both classifiers in a synthetic study, in the files and formats of their stages."""

from pathlib import Path

import numpy as np
import pandas as pd

from stages.annotations.tables import save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.histograms.tables import count_emotions, save_histograms
from stages.image_classifier.classifier import scores
from stages.images import packed
from stages.learning.predictions import accuracies, auc, one_hot, save_probabilities

ATTACK = "<script>document.title = 'run'</script>"
CARD = dict.fromkeys(("citation", "licence", "terms", "consent"), "") | {
    "name": ATTACK,
    "language": "en",
    "redistribute": False,
}
PARAMS = "sharing: {}\n"
SPLITS = ("train", "test", "val", "test")
SIZE = 16


def write(artworks: int = 16, annotators: int = 5) -> None:
    """Write everything that `classifiers_report` reads into the working directory, with `sharing: false`."""
    random = np.random.default_rng(3)
    rows = pd.DataFrame(
        {
            "art_style": f"Pop_{number % 2}",
            "painting": f"an-artist_picture-number-{number}",
            "emotion": ARTEMIS.names[random.integers(9)],
            "split": SPLITS[number % len(SPLITS)],
            "utterance": f"{ATTACK} {number}, {annotator}",
        }
        for number in range(artworks)
        for annotator in range(annotators)
    ).sort_values(["art_style", "painting"], ignore_index=True)
    histograms = count_emotions(rows, ARTEMIS)
    save_histograms(histograms, ARTEMIS)
    _text_classifier(rows, random)
    _image_classifier(rows, histograms, random)
    _pictures(histograms)
    save_emotions(ARTEMIS)
    write_json(CARD, Path("data/annotations/dataset.json"))
    Path("params.yaml").write_text(PARAMS.format("false"), encoding="utf-8")


def _text_classifier(rows: pd.DataFrame, random: np.random.Generator) -> None:
    probabilities = random.dirichlet(np.ones(9), len(rows)).astype(np.float32)
    save_probabilities(rows, probabilities, ARTEMIS, Path("data/text_classifier/probabilities.parquet"))
    test = (rows["split"] == "test").to_numpy()
    labels, predicted = rows["emotion"].map(ARTEMIS.names.index).to_numpy()[test], probabilities[test]
    scores = accuracies(labels, predicted, ARTEMIS)
    _training(
        "text_classifier",
        {
            **{name: {"test": scores} for name in ("network", "tfidf")},
            "test": scores,
            "baseline_weight": 0.0,
            "auc": auc(one_hot(labels, len(ARTEMIS)), predicted, ARTEMIS),
        },
    )


def _image_classifier(rows: pd.DataFrame, histograms: pd.DataFrame, random: np.random.Generator) -> None:
    artworks = rows[["art_style", "painting", "split"]].drop_duplicates(ignore_index=True)
    probabilities = random.dirichlet(np.ones(9), len(artworks)).astype(np.float32)
    save_probabilities(artworks, probabilities, ARTEMIS, Path("data/image_classifier/probabilities.parquet"))
    test = (artworks["split"] == "test").to_numpy()
    counts = np.stack(histograms["counts"].tolist())
    _training("image_classifier", {"test": scores(counts[test], probabilities[test], ARTEMIS)})


def _training(stage: str, metrics: dict[str, object]) -> None:
    write_json({"temperature": 2.0}, Path("data") / stage / "config.json")
    write_json(metrics, Path("reports") / stage / "metrics.json")
    epochs = Path("reports") / stage / "epochs.tsv"
    epochs.write_text("epoch\ttrain_loss\tval_loss\n1\t3\t4\n2\t2\t3.5\n", encoding="utf-8")


def _pictures(artworks: pd.DataFrame) -> None:
    pictures = (np.full((SIZE, SIZE, 3), number, np.uint8) for number in range(len(artworks)))
    _, digest = packed.save_pixels(pictures, SIZE)
    packed.save_index(artworks.assign(digest=""), [None] * len(artworks), "squash", digest)
