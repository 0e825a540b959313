"""Table of emotion counts per artwork."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.emotions import DEFINITIONS, EMOTIONS, IDS, NO_MAJORITY, entropy
from stages.common.files import write_parquet

PATH = Path("data/histograms/histograms.parquet")
SCHEMA = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        # Nine counts in the order of EMOTIONS, also if the corpus lacks an emotion.
        ("counts", pa.list_(pa.int32())),
        # In nats.
        ("entropy", pa.float64()),
        # The emotion by each definition of `majority`; null if none qualifies.
        *((name, pa.string()) for name in DEFINITIONS),
    ]
)


def count_emotions(annotations: pd.DataFrame) -> pd.DataFrame:
    """Votes for each emotion by artwork, sorted: art_style, painting, counts (int32 arrays of nine)."""
    artworks = annotations.groupby(ARTWORK, sort=True)
    rows = artworks.ngroup().to_numpy()
    counts = np.zeros((artworks.ngroups, len(EMOTIONS)), dtype=np.int32)  # (artworks, 9)
    np.add.at(counts, (rows, annotations["emotion"].map(IDS).to_numpy()), 1)
    frame = artworks.size().reset_index()[ARTWORK]
    return frame.assign(counts=pd.Series(list(counts), index=frame.index, dtype=object))


def add_statistics(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that follow from the counts: entropy, and the emotion by each definition of majority."""
    counts = np.stack(frame["counts"].tolist())  # (artworks, 9)
    frame = frame.assign(entropy=entropy(counts))
    for name, winner in DEFINITIONS.items():
        frame[name] = [None if emotion == NO_MAJORITY else EMOTIONS[emotion] for emotion in winner(counts)]
    return frame


def save_histograms(frame: pd.DataFrame, path: Path = PATH) -> None:
    """Write the counts of `count_emotions` with their statistics."""
    frame = add_statistics(frame)
    write_parquet(pa.Table.from_pandas(frame[SCHEMA.names], schema=SCHEMA, preserve_index=False), path)


def load_histograms(path: Path = PATH) -> pd.DataFrame:
    """Columns of `SCHEMA`, with `counts` as int32 arrays of nine, sorted by artwork."""
    return pq.read_table(path).to_pandas()
