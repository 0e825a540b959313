"""The table of emotion counts per artwork: how it is made, written and read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.emotions import DEFINITIONS, EMOTIONS, IDS, NO_MAJORITY, entropy
from stages.common.files import write_parquet

PATH = Path("data/histograms/histograms.parquet")
SCHEMA = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        # In the order of EMOTIONS, all nine in every row, also in a corpus that lacks one.
        ("counts", pa.list_(pa.int32())),
        # In nats.
        ("entropy", pa.float64()),
        # The emotion under each definition of `majority`; null where none qualifies.
        *((name, pa.string()) for name in DEFINITIONS),
    ]
)


def count_emotions(annotations: pd.DataFrame) -> pd.DataFrame:
    """One row per artwork, sorted: how many annotators chose each emotion."""
    artworks = annotations.groupby(["art_style", "painting"], sort=True)
    rows = artworks.ngroup().to_numpy()
    counts = np.zeros((artworks.ngroups, len(EMOTIONS)), dtype=np.int32)  # (artworks, 9)
    np.add.at(counts, (rows, annotations["emotion"].map(IDS).to_numpy()), 1)
    frame = artworks.size().reset_index()[["art_style", "painting"]]
    return frame.assign(counts=pd.Series(list(counts), index=frame.index, dtype=object))


def described(frame: pd.DataFrame) -> pd.DataFrame:
    """The counts of `frame` with what follows from them: entropy, and the emotion under each definition."""
    counts = np.stack(frame["counts"].tolist())  # (artworks, 9)
    frame = frame.assign(entropy=entropy(counts))
    for name, winner in DEFINITIONS.items():
        frame[name] = [None if found == NO_MAJORITY else EMOTIONS[found] for found in winner(counts)]
    return frame


def save_histograms(frame: pd.DataFrame, path: Path = PATH) -> None:
    """Write what `count_emotions` made, described."""
    frame = described(frame)
    write_parquet(pa.Table.from_pandas(frame[SCHEMA.names], schema=SCHEMA, preserve_index=False), path)


def load_histograms(path: Path = PATH) -> pd.DataFrame:
    """The columns of `SCHEMA`, `counts` as int32 arrays of nine, sorted by artwork."""
    return pq.read_table(path).to_pandas()
