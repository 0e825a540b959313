"""Table of emotion counts per artwork."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.emotions import DEFINITIONS, NO_MAJORITY, Emotions, entropy
from stages.common.files import write_parquet

PATH = Path("data/histograms/histograms.parquet")
SCHEMA = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        # As many counts as the data set has labels, in their order, also if none of its rows has a label.
        ("counts", pa.list_(pa.int32())),
        # In nats.
        ("entropy", pa.float64()),
        # The emotion by each definition of `majority`; null if none qualifies.
        *((name, pa.string()) for name in DEFINITIONS),
    ]
)


def count_emotions(annotations: pd.DataFrame, emotions: Emotions) -> pd.DataFrame:
    """Votes for each emotion by artwork, sorted: art_style, painting, counts (int32 arrays (C,)).

    Without emotions there are no votes, so there are no rows.
    """
    annotations = annotations if emotions else annotations.iloc[:0]
    artworks = annotations.groupby(ARTWORK, sort=True)
    rows = artworks.ngroup().to_numpy()
    counts = np.zeros((artworks.ngroups, len(emotions)), dtype=np.int32)  # (artworks, C)
    np.add.at(counts, (rows, annotations["emotion"].map(emotions.ids).to_numpy(int)), 1)
    frame = artworks.size().reset_index()[ARTWORK]
    return frame.assign(counts=pd.Series(list(counts), index=frame.index, dtype=object))


def add_statistics(frame: pd.DataFrame, emotions: Emotions) -> pd.DataFrame:
    """Add the columns that follow from the counts: entropy, and the emotion by each definition of majority."""
    counts = np.array(frame["counts"].tolist(), np.int32).reshape(len(frame), len(emotions))  # (artworks, C)
    frame = frame.assign(entropy=entropy(counts))
    for name, winner in DEFINITIONS.items():
        winners = winner(counts).tolist() if len(frame) else []
        frame[name] = [None if emotion == NO_MAJORITY else emotions.names[emotion] for emotion in winners]
    return frame


def save_histograms(frame: pd.DataFrame, emotions: Emotions, path: Path = PATH) -> None:
    """Write the counts of `count_emotions` with their statistics."""
    frame = add_statistics(frame, emotions)
    write_parquet(pa.Table.from_pandas(frame[SCHEMA.names], schema=SCHEMA, preserve_index=False), path)


def load_histograms(path: Path = PATH) -> pd.DataFrame:
    """Columns of `SCHEMA`, with `counts` as int32 arrays (C,), sorted by artwork."""
    return pq.read_table(path).to_pandas()
