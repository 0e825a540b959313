"""Pictures that a person names: files, folders, and CSV lists with an emotion if they like."""

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.params import Fit
from stages.common.pictures import UnreadablePicture, decode, read_bytes
from stages.common.progress import track

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
            pixels.append(decode(read_bytes(path), size, fit))
            readable.append(path)
        except UnreadablePicture as problem:
            unreadable.append(f"{path}: left out: {problem}")
    for told in unreadable:
        print(told, file=sys.stderr)
    if not readable:
        raise UserError("no picture left")
    return readable, np.stack(pixels)


# ArtEmis' names of a CSV's columns are the second ones.
PICTURE, EMOTION = ("picture", "image_file"), ("emotion", "grounding_emotion")


class Asked(NamedTuple):
    """A picture, and the emotion that is to be spoken from, if the person says."""

    path: Path
    emotion: str | None


def asked(places: Iterable[Path]) -> Iterator[Asked]:
    """The pictures among `places`, in the folders among them and in the CSV files among them, in order.

    Raises:
        UserError: a folder without a picture, or a CSV that lists none or asks for an unknown emotion.
    """
    for place in places:
        if place.suffix.lower() == ".csv" and place.is_file():
            yield from _listed(place)
        else:
            yield from (Asked(path, None) for path in find([place]))


def _listed(file: Path) -> Iterator[Asked]:
    """The pictures that a CSV lists; a relative path starts at the CSV's folder."""
    try:
        rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file}: not readable as a CSV in UTF-8 ({error})") from None
    columns = rows[0] if rows else {}
    picture = next((name for name in PICTURE if name in columns), None)
    if picture is None:
        raise UserError(f"{file}: lists no pictures; a CSV needs a header with {' or '.join(PICTURE)}, and rows")
    emotion = next((name for name in EMOTION if name in columns), None)
    for number, row in enumerate(rows, start=2):
        told = (row[emotion] or "").strip() if emotion else ""
        if told and told not in EMOTIONS:
            raise UserError(f"{file}, line {number}: {told!r} is none of the emotions; allowed: {', '.join(EMOTIONS)}")
        yield Asked(file.parent / (row[picture] or ""), told or None)
