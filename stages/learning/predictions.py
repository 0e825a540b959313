"""Predicted emotions: the table of probabilities, and the scores of both classifiers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.metrics import roc_auc_score

from stages.common.emotions import EMOTIONS, NO_MAJORITY, polarity
from stages.common.files import atomic_write, write_parquet

REPEATED = pa.dictionary(pa.int32(), pa.string())
POLARITIES = ("positive", "negative", "else")
POLARITY = np.array([POLARITIES.index(polarity(emotion)) for emotion in EMOTIONS])
ELSE = POLARITIES.index("else")


def save_probabilities(rows: pd.DataFrame, probabilities: np.ndarray, path: Path) -> None:
    """Write the text columns of `rows` (art_style, painting, split ...) and a column of probabilities per emotion."""
    columns = {name: pa.array(rows[name].to_list(), pa.string()).cast(REPEATED) for name in rows}
    columns |= {emotion: pa.array(probabilities[:, n], pa.float32()) for n, emotion in enumerate(EMOTIONS)}
    write_parquet(pa.table(columns), path)


def load_probabilities(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """The text columns, and probabilities float32 (N, 9)."""
    table = pq.read_table(path)
    probabilities = np.stack([table[emotion].to_numpy() for emotion in EMOTIONS], axis=1)
    rows = table.drop_columns(list(EMOTIONS))
    return rows.cast(pa.schema([(name, pa.string()) for name in rows.column_names])).to_pandas(), probabilities


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Emotion ids (N,) as shares, float32 (N, 9)."""
    return np.eye(len(EMOTIONS), dtype=np.float32)[labels]


def accuracies(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Accuracies of the likeliest emotion as ArtEmis computes them; rows with the label NO_MAJORITY are skipped.

    `accuracy`: over the nine emotions. `ternary`: over positive, negative and "something
    else". `binary`: the ternary accuracy on rows that are not "something else", where
    predicting it is wrong. A score without rows is left out.
    """
    labelled = labels != NO_MAJORITY
    labels, predicted = labels[labelled], probabilities[labelled].argmax(1)
    same_polarity = POLARITY[predicted] == POLARITY[labels]
    polar = POLARITY[labels] != ELSE
    correct = {"accuracy": predicted == labels, "ternary": same_polarity, "binary": same_polarity[polar]}
    return {name: float(rows.mean()) for name, rows in correct.items() if rows.size}


def auc(shares: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Area under the ROC curve of each emotion against all others.

    Each row is a positive example weighted by the emotion's share and a negative one weighted
    by the rest. Emotions whose shares are all 0 or all 1 have no curve and are left out.
    """
    areas = {}
    for emotion, share, score in zip(EMOTIONS, shares.T, probabilities.T, strict=True):
        weight = np.concatenate([share, 1 - share])
        if 0 < share.sum() < len(share):
            truth = np.repeat([1, 0], len(share))
            areas[emotion] = float(roc_auc_score(truth, np.tile(score, 2), sample_weight=weight))
    return areas


def disagreement(probabilities: np.ndarray) -> dict[str, float]:
    """Share of rows whose two likeliest emotions differ in polarity.

    `positive_negative`: one is positive, the other negative. `any`: they differ among
    positive, negative and "something else".
    """
    second, first = POLARITY[probabilities.argsort(1, kind="stable")[:, -2:]].T
    differ = first != second
    return {
        "positive_negative": float((differ & (first != ELSE) & (second != ELSE)).mean()),
        "any": float(differ.mean()),
    }


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Counts (9, 9) of rows by label and likeliest emotion; rows with the label NO_MAJORITY are skipped."""
    labelled = labels != NO_MAJORITY
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(counts, (labels[labelled], probabilities[labelled].argmax(1)), 1)
    return counts


def save_confusion(counts: np.ndarray, path: Path) -> None:
    """Write a CSV for `dvc plots` of the 81 pairs: actual, predicted, count, share of the actual emotion's rows."""
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    lines = ["actual,predicted,count,share"]
    for i, actual in enumerate(EMOTIONS):
        lines += [f"{actual},{predicted},{counts[i, j]},{shares[i, j]:.6g}" for j, predicted in enumerate(EMOTIONS)]
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
