"""neighbor_captions: let the most similar training picture lend one of its utterances.

The pseudo-speaker of ArtEmis (section 5.2): for each picture of the split, the nearest
training picture in the space of `features`, and one of its utterances at random. Makes
data/neighbor_captions/captions.parquet.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.captions_table import save_captions
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.features import pooled
from stages.neighbor_captions.neighbors import nearest
from stages.neighbor_captions.params import Params
from stages.utterances.tables import load_utterances

TABLE = Path("data/neighbor_captions/captions.parquet")
KEY = ["art_style", "painting"]


def main() -> str:
    params = load(Params)
    features, index = pooled.load()
    utterances = load_utterances("deep_nets")
    train, wanted = (_with_features(utterances, split, index) for split in ("train", params.captions.split))
    if train.empty or wanted.empty:
        split = params.captions.split
        raise UserError(f"no artwork of the train or of the {split} split has a picture; see data/images")
    same = params.neighbor_captions.same_picture
    neighbor, distance = nearest(features[wanted["row"]], features[train["row"]], same)
    rng = np.random.default_rng(params.seed)
    table = wanted[KEY].assign(
        caption=[_any(train["utterances"].iloc[one], rng) for one in neighbor],
        grounding_emotion=None,
        config=0,
        rank=0,
        log_probability=np.nan,
    )
    save_captions(table, TABLE)
    lent = f"from {len(np.unique(neighbor)):,} pictures at a mean distance of {distance.mean():.2f}"
    return f"{len(table):,} captions {lent}"


def _with_features(utterances: pd.DataFrame, split: str, index: pd.DataFrame) -> pd.DataFrame:
    """Artworks of a split that have features: art_style, painting, `utterances` (list), `row` of features."""
    chosen = utterances[utterances["split"] == split]
    artworks = chosen.groupby(KEY)["utterance_spelled"].agg(list).rename("utterances").reset_index()
    return artworks.merge(index.assign(row=np.arange(len(index))), on=KEY).sort_values(KEY, ignore_index=True)


def _any(utterances: list[str], rng: np.random.Generator) -> str:
    return utterances[rng.integers(len(utterances))]


if __name__ == "__main__":
    run(__doc__, main)
