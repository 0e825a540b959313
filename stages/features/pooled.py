"""The files of pooled features; apart from the pooling itself, so that readers need no torch."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.files import save_with, write_parquet

FOLDER = Path("data/features")
INDEX = pa.schema([("art_style", pa.string()), ("painting", pa.string())])


def save(features: np.ndarray, index: pd.DataFrame, folder: Path = FOLDER) -> None:
    """Write pooled.npy, float32 (N, C), and index.parquet (art_style, painting), row by row the same pictures."""
    write_parquet(
        pa.Table.from_pandas(index[INDEX.names], schema=INDEX, preserve_index=False), folder / "index.parquet"
    )
    save_with(lambda beside: np.save(beside, features.astype(np.float32)), folder / "pooled.npy")


def load(folder: Path = FOLDER) -> tuple[np.ndarray, pd.DataFrame]:
    """What `save` wrote."""
    return np.load(folder / "pooled.npy", mmap_mode="r"), pq.read_table(folder / "index.parquet").to_pandas()
