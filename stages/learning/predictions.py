"""Predicted emotions: the table of probabilities, their calibration, and the scores of both classifiers.

Calibration is temperature scaling (Guo et al., 2017): dividing all logits by a temperature changes a classifier's
confidence but not its predictions. It is fitted on data that the classifier was not trained on. Targets (N, C) are
shares: one-hot with a single correct class, else a distribution over annotators.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from stages.common.emotions import NO_MAJORITY, POLARITIES, Emotions
from stages.common.files import atomic_write, write_parquet

REPEATED = pa.dictionary(pa.int32(), pa.string())
ELSE = POLARITIES.index("else")
BINS = 15
# A fit at one of these bounds has too few rows, or only equal ones.
LOWEST, HIGHEST = 0.05, 20.0


def fit_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature in [0.05, 20] that minimises the cross-entropy of `logits` (N, C) with `targets`.

    The cross-entropy is convex in 1 / temperature, so a line search finds the minimum. Without
    rows the temperature is 1.
    """
    if not len(logits):
        return 1.0

    def loss(log_temperature: float) -> float:
        return cross_entropy(logits / np.exp(log_temperature), targets)

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    minimum = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(minimum.x))


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Mean over rows, in nats; a logit may be minus infinity where its target is zero."""
    logs = log_softmax(np.asarray(logits, np.float64), axis=1)  # (N, C)
    return float(-(targets * np.where(targets > 0, logs, 0)).sum(1).mean())


def calibrated(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities float32 (N, C)."""
    return softmax(np.asarray(logits, np.float64) / temperature, axis=1).astype(np.float32)


class Bins(NamedTuple):
    """Rows binned by confidence: in each bin their number and their sums of confidence and correctness."""

    rows: np.ndarray
    confidence: np.ndarray
    correct: np.ndarray


def reliability(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> Bins:
    """Sums over `bins` bins of equal width, (bins,) each.

    A row's confidence is its largest probability; its correctness is the share that its target
    gives to that class: 0 or 1 for one-hot targets. A confidence on the border of two bins
    belongs to the lower one.
    """
    rows, predicted = np.arange(len(probabilities)), probabilities.argmax(1)
    confidence, correct = (values[rows, predicted].astype(np.float64) for values in (probabilities, targets))
    bin_of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    sums = (np.bincount(bin_of, values, bins) for values in (confidence, correct))
    return Bins(np.bincount(bin_of, minlength=bins), *sums)


def expected_calibration_error(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """Difference of confidence and accuracy, from 0 to 1: the mean over bins weighted by their rows."""
    sums = reliability(probabilities, targets, bins)
    return float(np.abs(sums.correct - sums.confidence).sum() / sums.rows.sum())


def save_probabilities(rows: pd.DataFrame, probabilities: np.ndarray, emotions: Emotions, path: Path) -> None:
    """Write the text columns of `rows` (art_style, painting, split ...) and a column of probabilities per emotion."""
    columns = {name: pa.array(rows[name].to_list(), pa.string()).cast(REPEATED) for name in rows}
    columns |= {emotion: pa.array(probabilities[:, n], pa.float32()) for n, emotion in enumerate(emotions)}
    write_parquet(pa.table(columns), path)


def load_probabilities(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """The text columns, and probabilities float32 (N, C)."""
    table = pq.read_table(path)
    emotions = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    columns = [table[emotion].to_numpy() for emotion in emotions]
    probabilities = np.stack(columns, axis=1) if columns else np.zeros((len(table), 0), np.float32)
    rows = table.drop_columns(emotions)
    return rows.cast(pa.schema([(name, pa.string()) for name in rows.column_names])).to_pandas(), probabilities


def one_hot(labels: np.ndarray, emotions: int) -> np.ndarray:
    """Ids (N,) of so many emotions as shares, float32 (N, C)."""
    return np.eye(emotions, dtype=np.float32)[labels]


def accuracies(labels: np.ndarray, probabilities: np.ndarray, emotions: Emotions) -> dict[str, float]:
    """Accuracies of the likeliest emotion as ArtEmis computes them; rows with the label NO_MAJORITY are skipped.

    `accuracy`: over all emotions. `ternary`: over the polarities positive, negative and
    else. `binary`: the ternary accuracy on rows that are not of the polarity else, where
    predicting it is wrong. A score without rows is left out.
    """
    polarity = emotions.polarity_ids
    labelled = labels != NO_MAJORITY
    labels, predicted = labels[labelled], probabilities[labelled].argmax(1)
    same_polarity = polarity[predicted] == polarity[labels]
    polar = polarity[labels] != ELSE
    correct = {"accuracy": predicted == labels, "ternary": same_polarity, "binary": same_polarity[polar]}
    return {name: float(rows.mean()) for name, rows in correct.items() if rows.size}


def auc(shares: np.ndarray, probabilities: np.ndarray, emotions: Emotions) -> dict[str, float]:
    """Area under the ROC curve of each emotion against all others.

    Each row is a positive example weighted by the emotion's share and a negative one weighted
    by the rest. Emotions whose shares are all 0 or all 1 have no curve and are left out.
    """
    # Imported here, since it takes half a second and most users of this module need no curve.
    from sklearn.metrics import roc_auc_score

    areas = {}
    for emotion, share, score in zip(emotions, shares.T, probabilities.T, strict=True):
        weight = np.concatenate([share, 1 - share])
        if 0 < share.sum() < len(share):
            truth = np.repeat([1, 0], len(share))
            areas[emotion] = float(roc_auc_score(truth, np.tile(score, 2), sample_weight=weight))
    return areas


def disagreement(probabilities: np.ndarray, emotions: Emotions) -> dict[str, float]:
    """Share of rows whose two likeliest emotions differ in polarity.

    `positive_negative`: one is positive, the other negative. `any`: they differ among
    positive, negative and else.
    """
    second, first = emotions.polarity_ids[probabilities.argsort(1, kind="stable")[:, -2:]].T
    differ = first != second
    return {
        "positive_negative": float((differ & (first != ELSE) & (second != ELSE)).mean()),
        "any": float(differ.mean()),
    }


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Counts (C, C) of rows by label and likeliest emotion; rows with the label NO_MAJORITY are skipped."""
    labelled = labels != NO_MAJORITY
    counts = np.zeros((probabilities.shape[1],) * 2, np.int64)
    np.add.at(counts, (labels[labelled], probabilities[labelled].argmax(1)), 1)
    return counts


def save_confusion(counts: np.ndarray, emotions: Emotions, path: Path) -> None:
    """Write a CSV for `dvc plots` of all pairs: actual, predicted, count, share of the actual emotion's rows."""
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    lines = ["actual,predicted,count,share"]
    for i, actual in enumerate(emotions):
        lines += [f"{actual},{predicted},{counts[i, j]},{shares[i, j]:.6g}" for j, predicted in enumerate(emotions)]
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
