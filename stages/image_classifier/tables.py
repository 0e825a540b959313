"""The table of what the classifier says of every artwork that has a picture."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.tables import write_parquet

PROBABILITIES = Path("data/image_classifier/probabilities.parquet")
SCHEMA = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        # Of utterances@deep_nets: how far to trust the row.
        ("split", pa.string()),
        # Calibrated, in the order of EMOTIONS.
        ("probabilities", pa.list_(pa.float32(), 9)),
    ]
)


def save_probabilities(artworks: pd.DataFrame, probabilities: np.ndarray, path: Path = PROBABILITIES) -> None:
    """Write the rows (N, 9) of `artworks` (art_style, painting, split)."""
    columns = {name: pa.array(artworks[name], SCHEMA.field(name).type) for name in SCHEMA.names[:-1]}
    flat = pa.array(probabilities.astype(np.float32).ravel())
    columns["probabilities"] = pa.FixedSizeListArray.from_arrays(flat, probabilities.shape[1])
    write_parquet(pa.table(columns, schema=SCHEMA), path)


def load_probabilities(path: Path = PROBABILITIES) -> tuple[pd.DataFrame, np.ndarray]:
    """What `save_probabilities` wrote: the artworks, and float32 (N, 9)."""
    table = pq.read_table(path).to_pandas()
    rows = np.array(table["probabilities"].to_list(), np.float32).reshape(-1, 9)
    return table.drop(columns="probabilities"), rows
