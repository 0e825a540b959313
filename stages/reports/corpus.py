"""What the data are: sizes, splits, emotions and lengths."""

import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.metrics.pairing import ARTWORK

SPLITS = ("train", "val", "test", "rest")


def sizes(utterances: pd.DataFrame) -> pd.DataFrame:
    """One row for each split that occurs and one for all: artworks, utterances, both per artwork, mean tokens."""
    parts = {split: utterances[utterances["split"] == split] for split in SPLITS}
    parts = {name: part for name, part in parts.items() if len(part)} | {"all": utterances}
    return pd.DataFrame.from_dict({name: _size(part) for name, part in parts.items()}, orient="index")


def _size(part: pd.DataFrame) -> dict[str, int | float]:
    artworks = len(part.drop_duplicates(ARTWORK))
    return {
        "artworks": artworks,
        "utterances": len(part),
        "per artwork": len(part) / artworks,
        "mean tokens": float(part["tokens_len"].mean()),
    }


def emotion_shares(utterances: pd.DataFrame) -> pd.Series:
    """Share of each of the nine emotions among the annotations, in canonical order; they add up to 1."""
    counts = utterances["emotion"].value_counts().reindex(EMOTIONS, fill_value=0)
    return counts / len(utterances)


def length_counts(utterances: pd.DataFrame) -> pd.Series:
    """How many utterances have 0, 1, 2 ... tokens, up to the longest."""
    counts = utterances["tokens_len"].value_counts()
    return counts.reindex(range(int(counts.index.max()) + 1), fill_value=0)
