"""Which pictures a person asks about: files, folders, and CSV files that list them, with an emotion if they like."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.images.loose import find

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
