"""The packed pixels of all readable pictures, and which artwork each row shows."""

import hashlib
import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.files import replacing, write_parquet
from stages.common.params import Fit

FOLDER = Path("data/images")
KEY = ["art_style", "painting"]
INDEX = pa.schema(
    [
        ("art_style", pa.string()),
        ("painting", pa.string()),
        ("digest", pa.string()),
        # Why a picture has no row of pixels; null where it has one.
        ("problem", pa.string()),
    ]
)


class Pixels(np.ndarray):
    """The pixels as they lie on disk, (N, S, S, 3) uint8; what is taken of them is a copy, and alone stays in memory.

    A memory map alone would keep every page that was ever looked at, 16 GB of ArtEmis'
    pictures, which the system can take back but counts as this process's memory.
    """

    @classmethod
    def open(cls, path: Path) -> "Pixels":
        """Map the array in an .npy file."""
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, kind = np.lib.format.read_array_header_1_0(file)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return cls(shape, kind, mapped, file.tell())

    def __getitem__(self, rows: Any) -> Any:
        taken = np.array(super().__getitem__(rows))
        if isinstance(self.base, mmap.mmap):
            self.base.madvise(mmap.MADV_DONTNEED)
        return taken


@dataclass(frozen=True)
class Packed:
    """Row i of `pixels`, uint8 (N, S, S, 3), shows the artwork in row i of `index` (art_style, painting).

    `fit` says how the pictures became squares.
    """

    pixels: np.ndarray
    index: pd.DataFrame
    fit: Fit

    def rows(self, artworks: pd.DataFrame) -> np.ndarray:
        """For each row of `artworks` (art_style, painting) its row of pixels, or -1; int64."""
        known = pd.MultiIndex.from_frame(self.index[KEY])
        return known.get_indexer(pd.MultiIndex.from_frame(artworks[KEY])).astype(np.int64)


def load(folder: Path = FOLDER) -> Packed:
    """Open the packed pixels, without reading them into memory."""
    table = pq.read_table(folder / "index.parquet")
    index = table.to_pandas()
    readable = index[index["problem"].isna()].reset_index(drop=True)
    fit = cast(Fit, table.schema.metadata[b"fit"].decode())
    return Packed(Pixels.open(folder / "pixels.npy"), readable[KEY], fit)


def save_index(images: pd.DataFrame, problems: list[str | None], fit: Fit, digest: str, folder: Path = FOLDER) -> None:
    """Write index.parquet: readable pictures in the order of their pixels, then the others.

    How the pictures became squares stands in the file's metadata, so that a trained
    model knows what to do with a new picture; the digest of the pixels too, so that
    whoever hashes this small file has hashed the big one.
    """
    index = images.assign(problem=np.array(problems, dtype=object))
    index = pd.concat([index[index["problem"].isna()], index[index["problem"].notna()]])
    table = pa.Table.from_pandas(index[INDEX.names], schema=INDEX, preserve_index=False)
    write_parquet(table.replace_schema_metadata({"fit": fit, "pixels": digest}), folder / "index.parquet")


def save_pixels(pictures: Iterable[np.ndarray], size: int, folder: Path = FOLDER) -> tuple[int, str]:
    """Write pixels.npy picture by picture, of shape (N, size, size, 3); return N and a digest of size and pixels."""
    digest = hashlib.sha256(f"{size}".encode())
    with replacing(folder / "pixels.npy") as beside, beside.open("wb") as file:
        count = 0
        _write_header(file, count, size)
        for picture in pictures:
            content = np.ascontiguousarray(picture).data
            file.write(content)
            digest.update(content)
            count += 1
        # NumPy leaves room in the header for a first axis that grows.
        file.seek(0)
        _write_header(file, count, size)
    return count, digest.hexdigest()


def bytes_of(pictures: int, size: int) -> int:
    """What pixels.npy takes on the disk, but for its short header."""
    return pictures * size * size * 3


def _write_header(file: BinaryIO, count: int, size: int) -> None:
    shape: dict[str, Any] = {"descr": "|u1", "fortran_order": False, "shape": (count, size, size, 3)}
    np.lib.format.write_array_header_1_0(file, shape)
