"""neighbor_captions: nearest-neighbour baseline, which copies a training utterance.

For each picture of the split, finds the nearest training picture in the space of `features` and copies one of its
utterances, at random (ArtEmis, section 5.2). Reads data/features/ and the utterances; writes
data/neighbor_captions/captions.parquet.
"""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.artworks import ARTWORK
from stages.common.captions_table import save_captions
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.progress import track
from stages.features import store
from stages.neighbor_captions.params import Params
from stages.utterances.tables import load_utterances

TABLE = Path("data/neighbor_captions/captions.parquet")
# Queries and training rows in a block; they bound the memory, whatever the number of pictures.
BLOCK, ROWS = 256, 1 << 15
# The product's rounding can swap nearly equal distances; among this many candidates it does no harm.
CANDIDATES = 16


def main() -> str:
    params = load(Params)
    stored = store.load()
    features, index = stored.pooled, stored.index
    utterances = load_utterances("deep_nets")
    split = params.captions.split
    train, queries = (_with_features(utterances, name, index) for name in ("train", split))
    if train.empty or queries.empty:
        raise UserError(
            f"data/features/index.parquet: no picture of an artwork of the split {'train' if train.empty else split}; "
            f"data/images/index.parquet says what is wrong with each picture"
        )
    same_picture = params.neighbor_captions.same_picture
    rows, training = features[queries["row"].to_numpy()], features[train["row"].to_numpy()]
    if stored.origin["pooling"] == "stages":  # whose statistics have scales of their own
        rows, training = standardised(rows, training)
    neighbor, distance = nearest(rows, training, same_picture)
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


def standardised(queries: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both (N, C) minus the mean of the training features, divided by their standard deviation; constants are 0."""
    mean, deviation = training.mean(0), training.std(0)
    scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    return (queries - mean) * scale, (training - mean) * scale


def _choose(utterances: list[str], rng: np.random.Generator) -> str:
    return utterances[rng.integers(len(utterances))]


def nearest(queries: np.ndarray, training: np.ndarray, same_picture: float) -> tuple[np.ndarray, np.ndarray]:
    """For each query the nearest training row that is not the same picture; the first one of a tie.

    Exact: a blocked matrix product finds candidates, their subtraction decides.

    Args:
        queries: features (Q, C).
        training: features (T, C), T at least 1.
        same_picture: rows within this Euclidean distance are the same picture and are skipped; if there are no
            others, the farthest row is taken.

    Returns:
        Index of the neighbour (Q,) and its distance (Q,).
    """
    index, distance = np.full(len(queries), -1), np.full(len(queries), np.inf)
    starts = product(range(0, len(training), ROWS), range(0, len(queries), BLOCK))
    for first, start in track(list(starts), "neighbours"):
        rows = slice(start, start + BLOCK)
        block, part = (np.asarray(values, np.float64) for values in (queries[rows], training[first : first + ROWS]))
        found, found_distance = _nearest_in(block, part, same_picture)
        nearer = found_distance < distance[rows]
        index[rows] = np.where(nearer, first + found, index[rows])
        distance[rows] = np.where(nearer, found_distance, distance[rows])
    for row in np.flatnonzero(index < 0):  # all training rows are the same picture
        distances = np.linalg.norm(np.asarray(training, np.float64) - queries[row], axis=1)
        index[row], distance[row] = distances.argmax(), distances.max()
    return index, distance


def _nearest_in(block: np.ndarray, part: np.ndarray, same_picture: float) -> tuple[np.ndarray, np.ndarray]:
    """As `nearest` for one block; the distance is infinite where all rows are the same picture."""
    # The squared distance up to a constant of the query.
    rough = (part**2).sum(1) - 2 * block @ part.T  # (block, rows)
    count = min(CANDIDATES, len(part))
    candidates = np.sort(np.argpartition(rough, count - 1, axis=1)[:, :count], axis=1)  # (block, count)
    exact = np.linalg.norm(part[candidates] - block[:, None], axis=2)  # (block, count)
    allowed = np.where(exact > same_picture, exact, np.inf)
    best = allowed.argmin(1)
    index, distance = (values[np.arange(len(block)), best] for values in (candidates, allowed))
    for row in np.flatnonzero(np.isinf(distance)):  # more copies of the picture than candidates
        distances = np.linalg.norm(part - block[row], axis=1)
        distances[distances <= same_picture] = np.inf
        index[row], distance[row] = distances.argmin(), distances.min()
    return index, distance


if __name__ == "__main__":
    run(__doc__, main)
