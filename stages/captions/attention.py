"""The file of attention maps, float16, in the order of the captions table."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from stages.common.files import atomic_write

PATH = Path("data/captions/attention.npz")
STORED = np.dtype("<f2")


@contextmanager
def writer(path: Path = PATH) -> Iterator[Callable[[Iterable[np.ndarray]], None]]:
    """Yield a function that appends the maps of captions, (tokens, h, w) each, in the order of the table.

    An .npy header holds the number of maps, which is known only at the end. Until then they are in a temporary
    file, neither in memory nor in /tmp, which is memory on some machines.
    """
    lengths: list[int] = []
    sides = (0, 0)
    with atomic_write(path) as beside, tempfile.TemporaryFile(dir=path.parent) as buffer:

        def add(maps: Iterable[np.ndarray]) -> None:
            nonlocal sides
            for array in maps:
                sides = (array.shape[1], array.shape[2])
                lengths.append(len(array))
                buffer.write(array.astype(STORED).tobytes())

        yield add
        buffer.seek(0)
        with zipfile.ZipFile(beside, "w") as archive:
            with _member(archive, "maps", STORED, (sum(lengths), *sides)) as file:
                shutil.copyfileobj(buffer, file)
            with _member(archive, "lengths", np.dtype("<i8"), (len(lengths),)) as file:
                file.write(np.array(lengths, "<i8").tobytes())


def save(maps: Sequence[np.ndarray], path: Path = PATH) -> None:
    """Write the maps of all captions, (tokens, h, w) each, in the order of the table."""
    with writer(path) as add:
        add(maps)


def load(path: Path = PATH) -> list[np.ndarray]:
    """The maps of each row of the table, float32 (tokens, h, w).

    One map for each token of the caption, and one for <eos> unless the caption was cut.
    """
    with np.load(path) as file:
        return np.split(file["maps"].astype(np.float32), file["lengths"].cumsum()[:-1])


@contextmanager
def _member(archive: zipfile.ZipFile, name: str, kind: np.dtype, shape: tuple[int, ...]) -> Iterator[IO[bytes]]:
    """A compressed array of an .npz file, opened after its header; it has no timestamp."""
    info = zipfile.ZipInfo(f"{name}.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as file:
        header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        yield file
