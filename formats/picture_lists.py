"""Pictures that a person names: files, folders, and CSV lists with an emotion for each picture."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.params import Fit
from stages.common.picture_folders import SUFFIXES as SUFFIXES
from stages.common.picture_folders import UNREAD, search
from stages.common.pictures import UnreadablePicture, decode, read_bytes
from stages.common.progress import track

# Names of a CSV's columns; the second ones are those of ArtEmis.
PICTURE, EMOTION = ("picture", "image_file"), ("emotion", "grounding_emotion")
# Exit code of a command that left out some of the pictures it was given.
SOME_LEFT_OUT = 2


class Request(NamedTuple):
    """A picture to caption, and the emotion that its captions shall express, if the person names one."""

    path: Path
    emotion: str | None


def requests(places: Iterable[Path]) -> Iterator[Request]:
    """The pictures among `places`, in the folders among them and in the CSV files among them, in order.

    Raises:
        UserError: a folder without a picture, or a CSV without pictures or with an unknown emotion.
    """
    for place in places:
        if place.suffix.lower() == ".csv" and place.is_file():
            yield from _listed(place)
        else:
            yield from (Request(path, None) for path in find([place]))


def _listed(file: Path) -> Iterator[Request]:
    """The pictures in a CSV; a relative path starts at the CSV's folder."""
    try:
        rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file}: not readable as a CSV in UTF-8 ({error})") from None
    columns = rows[0] if rows else {}
    picture = next((name for name in PICTURE if name in columns), None)
    if picture is None:
        raise UserError(f"{file}: lists no pictures; a CSV needs a header with {' or '.join(PICTURE)}, and rows")
    column = next((name for name in EMOTION if name in columns), None)
    for number, row in enumerate(rows, start=2):
        emotion = (row[column] or "").strip() if column else ""
        if emotion and emotion not in EMOTIONS:
            raise UserError(f"{file}, line {number}: unknown emotion {emotion!r}; allowed: {', '.join(EMOTIONS)}")
        yield Request(file.parent / (row[picture] or ""), emotion or None)


def find(places: Iterable[Path]) -> Iterator[Path]:
    """The files among `places`, and the pictures in the folders among them, sorted.

    What a folder holds besides is named on stderr if it is, or may be, a picture. Subfolders that cannot be read are
    among the files, so that they are counted as left out.

    Raises:
        UserError: a folder without a picture.
    """
    for place in places:
        if not place.is_dir():
            yield place
            continue
        found = search(place)
        notes = list(found.notes(UNREAD))
        paths = [*found.pictures, *found.unreadable]
        if not paths:
            raise UserError("; ".join([f"{place}: no picture in this folder ({', '.join(SUFFIXES)})", *notes]))
        for note in notes:
            print(f"{place}: {note}", file=sys.stderr)
        yield from sorted(place / path for path in paths)


def squares(files: Sequence[Path], size: int, fit: Fit) -> tuple[list[Path], np.ndarray]:
    """Read pictures as squares: the files that are pictures, and their pixels, uint8 (N, size, size, 3).

    The other files are named on stderr, each with the reason.

    Raises:
        UserError: none of the files is a picture.
    """
    readable, pixels, problems = [], [], []
    for path in track(files, "reading"):
        try:
            pixels.append(decode(read_bytes(path), size, fit))
            readable.append(path)
        except UnreadablePicture as problem:
            problems.append(f"{path}: left out: {problem}")
    for line in problems:
        print(line, file=sys.stderr)
    if not readable:
        raise UserError("no picture left")
    return readable, np.stack(pixels)
