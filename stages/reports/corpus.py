"""How much there is to learn from and to be judged on: the sizes of the splits."""

import pandas as pd

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
