"""Files of the pooled features; separate from pooling.py, so that readers need no torch."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.files import write_parquet, write_with

FOLDER = Path("data/features")
INDEX = pa.schema([("art_style", pa.string()), ("painting", pa.string())])


def save(features: np.ndarray, index: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write pooled.npy, float32 (N, C), and index.parquet, the artwork (art_style, painting) of each row."""
    table = pa.Table.from_pandas(index[ARTWORK], schema=INDEX, preserve_index=False)
    write_parquet(table, folder / "index.parquet")
    write_with(lambda path: np.save(path, features.astype(np.float32)), folder / "pooled.npy")


def load(folder: Path = FOLDER) -> tuple[np.ndarray, pd.DataFrame]:
    """Memory-mapped features, float32 (N, C), and the artwork of each row."""
    return np.load(folder / "pooled.npy", mmap_mode="r"), pq.read_table(folder / "index.parquet").to_pandas()
