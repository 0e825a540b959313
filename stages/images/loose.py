"""Loose pictures: those of no data set, which a person names to a tool, read into the squares that a model wants."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from stages.common.errors import UserError
from stages.common.progress import track
from stages.demo.headers import UnreadablePicture, read
from stages.images.decode import decode
from stages.images.params import Fit

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")
HELP = f"any file that Pillow reads; of a folder, and the folders in it, all {', '.join(SUFFIXES)}"
# Exit code of a tool that left out some of the pictures it was given.
SOME_UNREADABLE = 2


def find(places: Iterable[Path]) -> Iterator[Path]:
    """The files among `places`, and the pictures in the folders among them, sorted.

    Raises:
        UserError: a folder without a picture.
    """
    for place in places:
        if not place.is_dir():
            yield place
            continue
        inside = sorted(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES)
        if not inside:
            raise UserError(f"{place}: no picture in this folder ({', '.join(SUFFIXES)})")
        yield from inside


def squares(files: list[Path], size: int, fit: Fit) -> tuple[list[Path], np.ndarray]:
    """The files that are pictures, and their pixels, uint8 (N, size, size, 3); tells of the others on stderr.

    Raises:
        UserError: none of them is a picture.
    """
    readable, pixels, unreadable = [], [], []
    for path in track(files, "reading"):
        try:
            pixels.append(decode(read(path), size, fit))
            readable.append(path)
        except UnreadablePicture as problem:
            unreadable.append(f"{path}: left out: {problem}")
    for told in unreadable:
        print(told, file=sys.stderr)
    if not readable:
        raise UserError("no picture left")
    return readable, np.stack(pixels)
