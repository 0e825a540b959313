"""neighbor_captions: nearest-neighbour baseline, which copies a training utterance.

For each picture of the split, finds the nearest training picture in the space of `features` and copies one of its
utterances, at random (ArtEmis, section 5.2). Reads data/features/ and the utterances; writes
data/neighbor_captions/captions.parquet.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.artworks import ARTWORK
from stages.common.captions_table import save_captions
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.features import pooled
from stages.neighbor_captions.neighbors import nearest
from stages.neighbor_captions.params import Params
from stages.utterances.tables import load_utterances

TABLE = Path("data/neighbor_captions/captions.parquet")


def main() -> str:
    params = load(Params)
    features, index = pooled.load()
    utterances = load_utterances("deep_nets")
    split = params.captions.split
    train, queries = (_with_features(utterances, name, index) for name in ("train", split))
    if train.empty or queries.empty:
        raise UserError(
            f"data/features/index.parquet: no picture of an artwork of the split {'train' if train.empty else split}; "
            f"data/images/index.parquet says what is wrong with each picture"
        )
    same_picture = params.neighbor_captions.same_picture
    neighbor, distance = nearest(features[queries["row"]], features[train["row"]], same_picture)
    rng = np.random.default_rng(params.seed)
    table = queries[ARTWORK].assign(
        caption=[_choose(train["utterances"].iloc[row], rng) for row in neighbor],
        grounding_emotion=None,
        config=0,
        rank=0,
        log_probability=np.nan,
    )
    save_captions(table, TABLE)
    sources = f"{len(np.unique(neighbor)):,} training pictures, mean distance {distance.mean():.2f}"
    return f"{len(table):,} captions from {sources}"


def _with_features(utterances: pd.DataFrame, split: str, index: pd.DataFrame) -> pd.DataFrame:
    """The artworks of a split that have features: art_style, painting, `utterances` (list), `row` of features."""
    chosen = utterances[utterances["split"] == split]
    artworks = chosen.groupby(ARTWORK)["utterance_spelled"].agg(list).rename("utterances").reset_index()
    return artworks.merge(index.assign(row=np.arange(len(index))), on=ARTWORK).sort_values(ARTWORK, ignore_index=True)


def _choose(utterances: list[str], rng: np.random.Generator) -> str:
    return utterances[rng.integers(len(utterances))]


if __name__ == "__main__":
    run(__doc__, main)
