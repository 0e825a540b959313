"""Packed pixels of all readable pictures, and the artwork that each row shows."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.artworks import ARTWORK
from stages.common.files import MappedArray, atomic_write, write_parquet
from stages.common.params import Fit

FOLDER = Path("data/images")
INDEX = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("digest", pa.string()),
        # Why the picture is not in pixels.npy; null if it is.
        ("problem", pa.string()),
    ]
)


@dataclass(frozen=True)
class Packed:
    """Row i of `pixels`, uint8 (N, S, S, 3), shows the artwork in row i of `index` (art_style, painting).

    `fit` is the method by which pictures were made square; `digest` is that of their size and pixels.
    """

    pixels: np.ndarray
    index: pd.DataFrame
    fit: Fit
    digest: str = ""

    def rows(self, artworks: pd.DataFrame) -> np.ndarray:
        """Row of pixels of each of `artworks` (art_style, painting), or -1; int64."""
        known = pd.MultiIndex.from_frame(self.index[ARTWORK])
        return known.get_indexer(pd.MultiIndex.from_frame(artworks[ARTWORK])).astype(np.int64)


def load(folder: Path = FOLDER) -> Packed:
    """Open the packed pixels without reading them into memory."""
    table = pq.read_table(folder / "index.parquet")
    index = table.to_pandas()
    readable = index[index["problem"].isna()].reset_index(drop=True)
    fit = cast(Fit, table.schema.metadata[b"fit"].decode())
    digest = table.schema.metadata[b"pixels"].decode()
    return Packed(MappedArray.open(folder / "pixels.npy"), readable[ARTWORK], fit, digest)


def save_index(images: pd.DataFrame, problems: list[str | None], fit: Fit, digest: str, folder: Path = FOLDER) -> None:
    """Write index.parquet: readable pictures in the order of their pixels, then the others.

    The metadata of the file holds `fit`, so that models prepare new pictures in the same way, and the digest of the
    pixels, so that a hash of this small file covers the large one.
    """
    index = images.assign(problem=np.array(problems, dtype=object))
    index = pd.concat([index[index["problem"].isna()], index[index["problem"].notna()]])
    table = pa.Table.from_pandas(index[INDEX.names], schema=INDEX, preserve_index=False)
    write_parquet(table.replace_schema_metadata({"fit": fit, "pixels": digest}), folder / "index.parquet")


def save_pixels(pictures: Iterable[np.ndarray], size: int, folder: Path = FOLDER) -> tuple[int, str]:
    """Write pixels.npy, (N, size, size, 3), picture by picture; returns N and a digest of size and pixels."""
    digest = hashlib.sha256(f"{size}".encode())
    with atomic_write(folder / "pixels.npy") as beside, beside.open("wb") as file:
        count = 0
        _write_header(file, count, size)
        for picture in pictures:
            content = np.ascontiguousarray(picture).data
            file.write(content)
            digest.update(content)
            count += 1
        # NumPy pads the header so that the first axis can grow in place.
        file.seek(0)
        _write_header(file, count, size)
    return count, digest.hexdigest()


def bytes_of(pictures: int, size: int) -> int:
    """Size of pixels.npy on disk, without its short header."""
    return pictures * size * size * 3


def _write_header(file: BinaryIO, count: int, size: int) -> None:
    shape: dict[str, Any] = {"descr": "|u1", "fortran_order": False, "shape": (count, size, size, 3)}
    np.lib.format.write_array_header_1_0(file, shape)
