"""All figures of the page `classifiers`, as nested dicts of plain values, all of the test split."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stages.classifiers_report.mistakes import (
    ARTWORK,
    by_emotion,
    calibration,
    hardest_artworks,
    hardest_utterances,
    macro_f1,
)
from stages.common.emotions import DEFINITIONS, EMOTIONS, IDS, at_least_half
from stages.learning.predictions import accuracies, confusion, one_hot

UTTERANCES, PICTURES = 10, 6


def of_text(
    rows: pd.DataFrame, probabilities: np.ndarray, temperature: float, metrics: Mapping[str, Any]
) -> dict[str, Any]:
    """What there is to say of the text classifier.

    Args:
        rows: art_style, painting, emotion, split and utterance of each row of `probabilities` (N, 9).
        metrics: reports/text_classifier/metrics.json.
    """
    labels, test = rows["emotion"].map(IDS).to_numpy(), (rows["split"] == "test").to_numpy()
    votes = np.bincount(labels[rows["split"] == "train"], minlength=len(EMOTIONS))
    own, said = labels[test], probabilities[test]
    return {
        "rows": int(test.sum()),
        "commonest": EMOTIONS[votes.argmax()],
        "scores": {
            "network": metrics["test"],
            "tfidf": metrics["tfidf"]["test"],
            "always": accuracies(own, _always(votes, len(own))),
        },
        **_mistakes(own, said, metrics["auc"]),
        "calibration": calibration(said, one_hot(own), temperature),
        "hardest": hardest_utterances(rows[test], said, UTTERANCES),
    }


def of_image(
    rows: pd.DataFrame,
    probabilities: np.ndarray,
    temperature: float,
    metrics: Mapping[str, Any],
    histograms: pd.DataFrame,
) -> dict[str, Any]:
    """What there is to say of the image classifier; an artwork's emotion is that of at least half of its annotators.

    Args:
        rows: art_style, painting and split of each row of `probabilities` (N, 9).
        metrics: reports/image_classifier/metrics.json.
        histograms: art_style, painting, counts.
    """
    counts = np.stack(rows.merge(histograms, on=ARTWORK, how="left", validate="1:1")["counts"].tolist())  # (N, 9)
    test, votes = (rows["split"] == "test").to_numpy(), counts[rows["split"] == "train"].sum(0)
    own, said, found = counts[test], probabilities[test], metrics["test"]
    always = _always(votes, len(own))
    return {
        "rows": int(test.sum()),
        "commonest": EMOTIONS[votes.argmax()],
        "scores": {
            name: {"share": found[name]["artworks"] / len(own), **found[name]}
            | {"always": accuracies(winners(own), always).get("accuracy")}
            for name, winners in DEFINITIONS.items()
        },
        "divergence": found["kl"],
        "two_likeliest_disagree": found["two_likeliest_disagree"],
        **_mistakes(at_least_half(own), said, found["auc"]),
        "calibration": calibration(said, own / own.sum(1, keepdims=True), temperature),
        "hardest": hardest_artworks(rows[test], own, said, PICTURES),
    }


def _always(votes: np.ndarray, rows: int) -> np.ndarray:
    """The emotion with the most training votes, as a prediction that looks at nothing; (rows, 9)."""
    return one_hot(np.full(rows, votes.argmax()))


def _mistakes(labels: np.ndarray, probabilities: np.ndarray, auc: Mapping[str, float]) -> dict[str, Any]:
    counts = confusion(labels, probabilities)
    scored = by_emotion(counts)
    return {
        "by_emotion": {emotion: one | {"auc": auc.get(emotion)} for emotion, one in scored.items()},
        "macro_f1": macro_f1(scored),
        "confusion": counts.tolist(),
    }
