"""Stored features: of every picture the pooled vector and the grid of places, and what they were computed from.

Separate from compute.py, so that readers need no torch.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import MappedArray, write_parquet, write_with

FOLDER = Path("data/features")
INDEX, POOLED, PLACES = "index.parquet", "pooled.npy", "places.npy"
SCHEMA = pa.schema([("art_style", pa.string()), ("painting", pa.string())])


@dataclass(frozen=True)
class Features:
    """Features of the packed pictures in a folder, row by row.

    Attributes:
        index: the artwork of each row (art_style, painting).
        origin: what they were computed from: `backbone` and `pooling`, and the digests `pixels` and `encoder`.
    """

    folder: Path
    index: pd.DataFrame
    origin: dict[str, str]

    @cached_property
    def pooled(self) -> np.ndarray:
        """float32 (N, C), memory-mapped.

        Raises:
            UserError: the file is missing, cut off, or has other rows.
        """
        return self._open(POOLED, len(self.index))

    @cached_property
    def places(self) -> np.ndarray:
        """float16 (N, places, C), memory-mapped, row by row of the grid; no rows with `features.places: false`.

        Raises:
            UserError: the file is missing, cut off, or has other rows.
        """
        return self._open(PLACES, 0, len(self.index))

    def check(self, *, pixels: str, encoder: str, backbone: str, pooling: str) -> None:
        """Make sure that these are features of these pictures, by this backbone with these weights.

        Args:
            pixels, encoder: digests, as `images.packed.Packed.digest` and `Backbone.digest`.
            backbone, pooling: its name, and how it should pool.

        Raises:
            UserError: they belong to other pictures, another backbone or other params.
        """
        if self.origin.get("pixels") != pixels:
            raise UserError(f"{self.folder}: these features belong to other pictures than data/images; {self._again}")
        if self.origin["encoder"] != encoder:
            raise UserError(
                f"{self.folder}: not the features that {backbone} computes with these weights, but those of "
                f"{self.origin['backbone']} with other weights; {self._again}"
            )
        if self.origin["pooling"] != pooling:
            raise UserError(
                f"{self.folder}: pooled by {self.origin['pooling']}, but features.pooling is {pooling}; {self._again}"
            )

    @property
    def _again(self) -> str:
        return f"compute them again with `dvc repro -f {self.folder.name}`"

    def _open(self, name: str, *lengths: int) -> np.ndarray:
        try:
            values = MappedArray.open(self.folder / name)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"{self.folder / name}: not readable ({reason}); {self._again}") from None
        if len(values) not in lengths:
            raise UserError(
                f"{self.folder / name}: {len(values):,} rows, but {INDEX} has {len(self.index):,}; {self._again}"
            )
        return values


def load(folder: Path = FOLDER) -> Features:
    """Open the features of a folder.

    Raises:
        UserError: its index is missing or damaged.
    """
    try:
        table = pq.read_table(folder / INDEX)
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{folder}: no features ({reason}); `dvc repro -f {folder.name}` computes them") from None
    origin = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return Features(folder, table.to_pandas(), origin)


def save(pooled: np.ndarray, index: pd.DataFrame, origin: dict[str, str], folder: Path) -> None:
    """Write everything but places.npy."""
    write_with(lambda path: np.save(path, pooled.astype(np.float32)), folder / POOLED)
    table = pa.Table.from_pandas(index[ARTWORK], schema=SCHEMA, preserve_index=False)
    write_parquet(table.replace_schema_metadata(origin), folder / INDEX)


def save_none(folder: Path) -> None:
    """Write the same files without a picture, the same bytes each time."""
    save(np.zeros((0, 0), np.float32), pd.DataFrame(columns=ARTWORK, dtype=object), {}, folder)
    write_with(lambda path: np.save(path, np.zeros((0, 0, 0), np.float16)), folder / PLACES)
