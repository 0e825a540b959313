"""Stored features: of every picture the pooled vector and the grid of places, and what they were computed from.

Separate from compute.py, so that readers need no torch.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import MappedArray, read_json, write_json, write_parquet, write_with

FOLDER = Path("data/features")
CONFIG, INDEX, POOLED, PLACES = FILES = ("config.json", "index.parquet", "pooled.npy", "places.npy")
SCHEMA = pa.schema([("art_style", pa.string()), ("painting", pa.string())])


@dataclass(frozen=True)
class Features:
    """Features of the packed pictures, row by row.

    Attributes:
        pooled: float32 (N, C).
        places: float16 (N, places, C), row by row of the grid; no rows with `features.places: false`.
        index: the artwork of each row (art_style, painting).
        config: `backbone`, `pooling`, `pixels` and `encoder`, digests of the pictures and of the backbone.
        folder: where they are stored.
    """

    pooled: np.ndarray
    places: np.ndarray
    index: pd.DataFrame
    config: dict[str, Any]
    folder: Path

    def check(self, *, pixels: str, encoder: str, backbone: str) -> None:
        """Make sure that these are features of these pictures, by this backbone with these weights.

        Args:
            pixels, encoder: digests, as `images.packed.Packed.digest` and `Backbone.digest`.
            backbone: its name.

        Raises:
            UserError: they belong to other pictures or another backbone, or are not of every picture.
        """
        again = f"compute them again with `dvc repro -f {self.folder.name}`"
        if self.config.get("pixels") != pixels:
            raise UserError(f"{self.folder}: these features belong to other pictures than data/images; {again}")
        if self.config["encoder"] != encoder:
            raise UserError(
                f"{self.folder}: not the features that {backbone} computes with these weights, but those of "
                f"{self.config['backbone']} with other weights; {again}"
            )
        rows = {len(self.index), len(self.pooled), len(self.places) or len(self.index)}
        if len(rows) > 1:
            raise UserError(f"{self.folder}: its files have {' and '.join(map(str, sorted(rows)))} rows; {again}")


def load(folder: Path = FOLDER) -> Features:
    """Memory-mapped features.

    Raises:
        UserError: a file is missing, or cut off.
    """
    try:
        return Features(
            np.load(folder / POOLED, mmap_mode="r"),
            MappedArray.open(folder / PLACES),
            pq.read_table(folder / INDEX).to_pandas(),
            read_json(folder / CONFIG),
            folder,
        )
    except (OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{folder}: no whole features ({reason}); `dvc repro -f {folder.name}` computes them") from None


def save_small(pooled: np.ndarray, index: pd.DataFrame, config: dict[str, Any], folder: Path) -> None:
    """Write everything but places.npy."""
    write_with(lambda path: np.save(path, pooled.astype(np.float32)), folder / POOLED)
    table = pa.Table.from_pandas(index[ARTWORK], schema=SCHEMA, preserve_index=False)
    write_parquet(table, folder / INDEX)
    write_json(config, folder / CONFIG)


def save_none(folder: Path) -> None:
    """Write the same four files without a picture, the same bytes each time."""
    save_small(np.zeros((0, 0), np.float32), pd.DataFrame(columns=ARTWORK), {}, folder)
    write_with(lambda path: np.save(path, np.zeros((0, 0, 0), np.float16)), folder / PLACES)
