"""Predicted emotions: the table of probabilities, and scores that both classifiers report."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.metrics import roc_auc_score

from stages.common.emotions import EMOTIONS, NO_MAJORITY, polarity
from stages.common.files import replacing, write_parquet

REPEATED = pa.dictionary(pa.int32(), pa.string())


def save_probabilities(rows: pd.DataFrame, probabilities: np.ndarray, path: Path) -> None:
    """Write the columns of `rows`, all of them text (art_style, painting, split ...), and beside them (N, 9)."""
    columns = {name: pa.array(rows[name].to_list(), pa.string()).cast(REPEATED) for name in rows}
    columns |= {emotion: pa.array(probabilities[:, n], pa.float32()) for n, emotion in enumerate(EMOTIONS)}
    write_parquet(pa.table(columns), path)


def load_probabilities(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """What `save_probabilities` wrote: the text columns, and float32 (N, 9)."""
    table = pq.read_table(path)
    probabilities = np.stack([table[emotion].to_numpy() for emotion in EMOTIONS], axis=1)
    rows = table.drop_columns(list(EMOTIONS))
    return rows.cast(pa.schema([(name, pa.string()) for name in rows.column_names])).to_pandas(), probabilities


POLARITIES = ("positive", "negative", "else")
POLARITY = np.array([POLARITIES.index(polarity(emotion)) for emotion in EMOTIONS])
ELSE = POLARITIES.index("else")


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Emotion ids (N,) as shares, float32 (N, 9)."""
    return np.eye(len(EMOTIONS), dtype=np.float32)[labels]


def accuracies(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """How often the likeliest emotion is the right one (ids; rows with `NONE` are passed over), as ArtEmis counts.

    `accuracy`: of the nine. `ternary`: both are positive, both negative, or both "something
    else". `binary`: the same over the rows that are not "something else"; predicting it
    there is wrong. A figure without any row is left out.
    """
    chosen = labels != NO_MAJORITY
    labels, guess = labels[chosen], probabilities[chosen].argmax(1)
    same_side = POLARITY[guess] == POLARITY[labels]
    taken = POLARITY[labels] != ELSE
    hits = {"accuracy": guess == labels, "ternary": same_side, "binary": same_side[taken]}
    return {name: float(hit.mean()) for name, hit in hits.items() if hit.size}


def auc(shares: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Area under the ROC curve of each emotion against all others.

    Every row counts for the emotion as much as its share, and against it by the rest. An emotion
    that no row has, or every row only, has no curve and is left out.
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

    `positive_negative`: one is positive, the other negative. `any`: they are any two of
    positive, negative and "something else".
    """
    second, first = POLARITY[probabilities.argsort(1, kind="stable")[:, -2:]].T
    differ = first != second
    return {
        "positive_negative": float((differ & (first != ELSE) & (second != ELSE)).mean()),
        "any": float(differ.mean()),
    }


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Counts (9, 9), rows the right emotion, columns the likeliest; all nine, also those that never occur."""
    chosen = labels != NO_MAJORITY
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(counts, (labels[chosen], probabilities[chosen].argmax(1)), 1)
    return counts


def save_confusion(counts: np.ndarray, path: Path) -> None:
    """The 81 pairs as lines `actual,predicted,count,share` for `dvc plots`; `share` is of the actual emotion's rows."""
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    lines = ["actual,predicted,count,share"]
    for actual, of_row, row in zip(EMOTIONS, shares, counts, strict=True):
        lines += [
            f"{actual},{predicted},{count},{share:.6g}"
            for predicted, count, share in zip(EMOTIONS, row, of_row, strict=True)
        ]
    with replacing(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
