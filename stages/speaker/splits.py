"""The utterances that a speaker learns from, and is judged on, out of the tables of utterances and pictures."""

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.resident import Rows
from stages.histograms.majority import shares
from stages.images.packed import KEY, Packed
from stages.speaker.learning import Utterances

# Batch statistics of a single picture say nothing, and a single one cannot be swapped.
FEWEST = {"train": 2, "val": 1, "test": 2}


def splits(
    utterances: pd.DataFrame, images: Packed, pixels: Rows, *, grounded: bool, histograms: pd.DataFrame | None = None
) -> list[Utterances]:
    """Those of train, val and test; `pixels` are those of `images`.

    With `histograms` a grounded speaker is told, for each caption, the shares of the emotions among all
    annotations of its artwork (those of a test artwork too, for the likelihood of its captions alone), else
    the emotion that the caption's writer chose.

    Raises:
        UserError: a split has too few artworks with a picture.
    """
    found = []
    for name, fewest in FEWEST.items():
        one = utterances_of(utterances, images, pixels, name, grounded=grounded, histograms=histograms)
        if len(one) < fewest:
            told = f"{len(one)} artworks of the {name} split have a readable picture, and the speaker needs {fewest}"
            raise UserError(f"{told}; see data/images/index.parquet")
        found.append(one)
    return found


def utterances_of(
    utterances: pd.DataFrame,
    images: Packed,
    pixels: Rows,
    name: str,
    *,
    grounded: bool,
    histograms: pd.DataFrame | None = None,
) -> Utterances:
    """Those of one split whose artworks have a picture, told of emotions as `splits` says."""
    rows = utterances[utterances["split"] == name]
    rows = rows.assign(row=images.rows(rows)).query("row >= 0").sort_values(KEY, kind="stable")
    tokens = np.stack(rows["tokens_encoded"].to_list()) if len(rows) else np.zeros((0, 2), np.int32)
    picture, first = np.unique(rows["row"].to_numpy(), return_index=True)
    order = np.argsort(first)
    return Utterances(
        pixels=pixels,
        picture=picture[order],
        bounds=np.append(first[order], len(rows)),
        tokens=tokens,
        emotion=_emotions(rows, histograms) if grounded else None,
    )


def _emotions(rows: pd.DataFrame, histograms: pd.DataFrame | None) -> np.ndarray:
    """Shares of the nine emotions, (B, 9)."""
    if histograms is None:
        return np.eye(len(EMOTIONS), dtype=np.float32)[rows["emotion_label"]]
    counts = rows[KEY].merge(histograms[[*KEY, "counts"]], how="left", on=KEY, validate="many_to_one")["counts"]
    return shares(np.array(counts.to_list(), np.int32).reshape(-1, len(EMOTIONS)))
