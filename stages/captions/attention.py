"""Attention maps of captions, stored compactly beside the table of captions."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from stages.common.files import replacing

PATH = Path("data/captions/attention.npz")
STORED = np.dtype("<f2")


@contextmanager
def writer(path: Path = PATH) -> Iterator[Callable[[Iterable[np.ndarray]], None]]:
    """Take captions' maps, (tokens, h, w) each, in the order of the table; the file holds them as float16.

    How many there are is known at the end only, so they wait in a file, not in memory, nor in /tmp, which is
    memory on some machines.
    """
    lengths: list[int] = []
    sides = (0, 0)
    with replacing(path) as beside, tempfile.TemporaryFile(dir=path.parent) as waiting:

        def add(maps: Iterable[np.ndarray]) -> None:
            nonlocal sides
            for one in maps:
                sides = (one.shape[1], one.shape[2])
                lengths.append(len(one))
                waiting.write(one.astype(STORED).tobytes())

        yield add
        waiting.seek(0)
        with zipfile.ZipFile(beside, "w") as archive:
            with _member(archive, "maps", STORED, (sum(lengths), *sides)) as file:
                shutil.copyfileobj(waiting, file)
            with _member(archive, "lengths", np.dtype("<i8"), (len(lengths),)) as file:
                file.write(np.array(lengths, "<i8").tobytes())


def save(maps: Sequence[np.ndarray], path: Path = PATH) -> None:
    """Write one (tokens, h, w) array for each caption, in the order of the table."""
    with writer(path) as add:
        add(maps)


def load(path: Path = PATH) -> list[np.ndarray]:
    """What `save` wrote, as float32; row i of the table looked with the i-th array.

    One map for each token of the caption, and one for its end where it got that far.
    """
    with np.load(path) as file:
        return np.split(file["maps"].astype(np.float32), file["lengths"].cumsum()[:-1])


@contextmanager
def _member(archive: zipfile.ZipFile, name: str, kind: np.dtype, shape: tuple[int, ...]) -> Iterator[IO[bytes]]:
    """A compressed array of an .npz file, to be written after its header; it carries no time of writing."""
    info = zipfile.ZipInfo(f"{name}.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as file:
        header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        yield file
