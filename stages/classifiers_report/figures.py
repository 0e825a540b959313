"""Figures of the page `classifiers`: scores, calibration and errors of both classifiers on the test split."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import rel_entr

from stages.common.artworks import ARTWORK
from stages.common.emotions import DEFINITIONS, Emotions, at_least_half
from stages.learning.predictions import (
    accuracies,
    confusion,
    cross_entropy,
    expected_calibration_error,
    one_hot,
    reliability,
)
from stages.pages.markup import percent
from stages.pages.published import Published, published_values

# Results that ArtEmis' authors published of their classifiers, by column and score: source and name in the list of
# published values. They were measured on ArtEmis' own test split, so they compare with a run on ArtEmis' data only.
TEXT = {
    "LSTM": {
        "accuracy": ("LSTM [14]", "emotion from an utterance, LSTM: accuracy"),
        "ternary": ("LSTM [15]", "the same on positive, negative, else"),
        "binary": ("LSTM [15]", "the same on positive and negative"),
    },
    "BERT": {
        "accuracy": ("not in ArtEmis' notebooks", "emotion from an utterance, BERT: accuracy"),
        "ternary": ("BERT [15]", "the same on positive, negative, else"),
        "binary": ("BERT [15]", "the same on positive and negative"),
    },
}
# The same, by column and definition of an artwork's emotion.
IMAGE = {
    "share": {
        "more_than_half": ("image to emotion [17]", "test artworks of which one emotion has more than half"),
        "at_least_half": ("image to emotion [17]", "test artworks of which one emotion has at least half"),
    },
    "accuracy": {
        "more_than_half": ("image to emotion [17]", "their emotion from the picture, ResNet-34: accuracy"),
        "at_least_half": ("image to emotion [17]", "their emotion from the picture: accuracy"),
    },
}


# How many of the hardest cases the page shows.
HARDEST_UTTERANCES, HARDEST_ARTWORKS = 10, 6
# The smallest probability in a divergence, which stays finite; `image_classifier` reports the same.
SMALLEST = 1e-12


def text_figures(
    rows: pd.DataFrame, probabilities: np.ndarray, temperature: float, metrics: Mapping[str, Any], emotions: Emotions
) -> dict[str, Any]:
    """Figures of the text classifier.

    Args:
        rows: art_style, painting, emotion, split and utterance of each row of `probabilities` (N, C).
        metrics: reports/text_classifier/metrics.json.
    """
    ids, test = rows["emotion"].map(emotions.ids).to_numpy(), (rows["split"] == "test").to_numpy()
    train_counts = np.bincount(ids[rows["split"] == "train"], minlength=len(emotions))
    labels, predicted = ids[test], probabilities[test]
    return {
        "rows": int(test.sum()),
        "commonest": emotions.names[train_counts.argmax()],
        "scores": {
            "classifier": metrics["test"],
            "network": metrics["network"]["test"],
            "tfidf": metrics["tfidf"]["test"],
            "always": accuracies(labels, _most_frequent(train_counts, len(labels)), emotions),
        },
        "left_out": metrics.get("left_out"),
        **_errors(labels, predicted, metrics["auc"], emotions),
        "calibration": calibration(
            predicted, one_hot(labels, len(emotions)), temperature, mixed=metrics["baseline_weight"] > 0
        ),
        "hardest": hardest_utterances(rows[test], predicted, emotions, HARDEST_UTTERANCES),
    }


def image_figures(
    rows: pd.DataFrame,
    probabilities: np.ndarray,
    temperature: float,
    metrics: Mapping[str, Any],
    histograms: pd.DataFrame,
    emotions: Emotions,
) -> dict[str, Any]:
    """Figures of the image classifier; the label of an artwork is the emotion of at least half of its annotators.

    Args:
        rows: art_style, painting and split of each row of `probabilities` (N, C).
        metrics: reports/image_classifier/metrics.json.
        histograms: art_style, painting, counts.
    """
    counts = np.stack(rows.merge(histograms, on=ARTWORK, how="left", validate="1:1")["counts"].tolist())  # (N, C)
    test, train_counts = (rows["split"] == "test").to_numpy(), counts[rows["split"] == "train"].sum(0)
    counts, predicted, scores = counts[test], probabilities[test], metrics["test"]
    baseline = _most_frequent(train_counts, len(counts))
    return {
        "rows": int(test.sum()),
        "commonest": emotions.names[train_counts.argmax()],
        "scores": {
            name: {"share": scores[name]["artworks"] / len(counts), **scores[name]}
            | {"always": accuracies(majority(counts), baseline, emotions).get("accuracy")}
            for name, majority in DEFINITIONS.items()
        },
        "divergence": scores["kl"],
        "two_likeliest_disagree": scores["two_likeliest_disagree"],
        **_errors(at_least_half(counts), predicted, scores["auc"], emotions),
        "calibration": calibration(predicted, counts / counts.sum(1, keepdims=True), temperature),
        "hardest": hardest_artworks(rows[test], counts, predicted, emotions, HARDEST_ARTWORKS),
    }


def _most_frequent(train_counts: np.ndarray, rows: int) -> np.ndarray:
    """Predictions (rows, C) of the baseline: always the most frequent emotion of the training split."""
    return one_hot(np.full(rows, train_counts.argmax()), len(train_counts))


def _errors(
    labels: np.ndarray, probabilities: np.ndarray, auc: Mapping[str, float], emotions: Emotions
) -> dict[str, Any]:
    counts = confusion(labels, probabilities)
    scores = scores_by_emotion(counts, emotions)
    return {
        "by_emotion": {emotion: values | {"auc": auc.get(emotion)} for emotion, values in scores.items()},
        "macro_f1": macro_f1(scores),
        "confusion": counts.tolist(),
    }


def scores_by_emotion(counts: np.ndarray, emotions: Emotions) -> dict[str, dict[str, Any]]:
    """Rows, precision, recall and F1 of each emotion, from a confusion matrix (C, C) of labels by predictions.

    A score whose denominator is zero is None.
    """
    correct, labelled, predicted = counts.diagonal(), counts.sum(1), counts.sum(0)
    return {
        emotion: {
            "rows": int(labelled[n]),
            "precision": _ratio(correct[n], predicted[n]),
            "recall": _ratio(correct[n], labelled[n]),
            "f1": _ratio(2 * correct[n], predicted[n] + labelled[n]),
        }
        for n, emotion in enumerate(emotions)
    }


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def macro_f1(scores: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The mean F1 of the emotions that have rows; None where none has."""
    values = [score["f1"] for score in scores.values() if score["rows"]]
    return float(np.mean(values)) if values else None


def calibration(
    probabilities: np.ndarray, targets: np.ndarray, temperature: float, *, mixed: bool = False
) -> dict[str, Any]:
    """Calibration figures before and after temperature scaling; targets are shares (N, C).

    `mixed`: the probabilities are a mixture of two classifiers, whose temperature alone cannot be undone; then there
    are no figures from before.
    """
    after = _reliability_figures(probabilities, targets)
    if mixed:
        return {"temperature": temperature, "after": after}
    before = _reliability_figures(uncalibrated(probabilities, temperature), targets)
    return {"temperature": temperature, "before": before, "after": after}


def uncalibrated(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Undo temperature scaling: `probabilities` (N, C) as they were before the logits were divided by `temperature`.

    Probabilities that a low temperature has rounded to zero in float32 can't be recovered and stay zero.
    """
    # exp(z / T) ** T is exp(z). Dividing by each row's maximum first keeps the powers of a row from underflowing.
    powers = (probabilities.astype(np.float64) / probabilities.max(1, keepdims=True)) ** temperature
    return powers / powers.sum(1, keepdims=True)


def _reliability_figures(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Expected calibration error, cross-entropy in nats, mean confidence, accuracy, and the bins that hold rows."""
    bins = reliability(probabilities, targets)
    rows = bins.rows.sum()
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities)
    return {
        "error": expected_calibration_error(probabilities, targets),
        "cross_entropy": cross_entropy(logits, targets),
        "confidence": float(bins.confidence.sum() / rows),
        "accuracy": float(bins.correct.sum() / rows),
        "bins": [
            {"rows": int(count), "confidence": float(confidence / count), "accuracy": float(accuracy / count)}
            for count, confidence, accuracy in zip(*bins, strict=True)
            if count
        ],
    }


def hardest_utterances(
    rows: pd.DataFrame, probabilities: np.ndarray, emotions: Emotions, limit: int
) -> list[dict[Hashable, Any]]:
    """The misclassified utterances with the highest confidence, at most `limit`; ties keep the order of `rows`.

    Args:
        rows: art_style, painting, emotion, utterance.
    """
    labels, predicted = rows["emotion"].map(emotions.ids).to_numpy(), probabilities.argmax(1)
    wrong = np.flatnonzero(predicted != labels)
    hardest = wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")][:limit]
    table = rows.iloc[hardest][[*ARTWORK, "emotion", "utterance"]].assign(
        guess=[emotions.names[emotion] for emotion in predicted[hardest]],
        confidence=probabilities[hardest, predicted[hardest]].astype(float),
        of_emotion=probabilities[hardest, labels[hardest]].astype(float),
    )
    return table.to_dict("records")


def hardest_artworks(
    rows: pd.DataFrame, counts: np.ndarray, probabilities: np.ndarray, emotions: Emotions, limit: int
) -> list[dict[str, Any]]:
    """The artworks with the largest Kullback-Leibler divergence of the prediction from the annotations, in nats.

    Args:
        rows: art_style, painting.
        counts: annotators that chose each emotion, (N, C).
    """
    shares = counts / counts.sum(1, keepdims=True)
    divergence = rel_entr(shares, probabilities.clip(SMALLEST).astype(np.float64)).sum(1)
    return [
        {
            **rows.iloc[row][ARTWORK].to_dict(),
            "divergence": float(divergence[row]),
            "annotators": int(counts[row].sum()),
            "people": dict(zip(emotions, shares[row].tolist(), strict=True)),
            "classifier": dict(zip(emotions, probabilities[row].astype(float).tolist(), strict=True)),
        }
        for row in np.argsort(-divergence, kind="stable")[:limit]
    ]


def published(columns: Mapping[str, Mapping[str, tuple[str, str]]]) -> pd.DataFrame:
    """The values of `TEXT` or `IMAGE` in percent, as columns `published: <column>`."""
    return pd.DataFrame(
        {
            f"published: {column}": {name: _percent(value) for name, value in values.items()}
            for column, values in published_values(columns).items()
        }
    )


def _percent(value: Published) -> str:
    return percent(float(value.value)) + (" (second-hand)" if value.kind == "second-hand" else "")
