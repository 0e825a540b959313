"""Pictures that a person names: files, folders, and lists with an emotion for each picture."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from formats.sources.picture import File, Picture
from stages.common.errors import UserError
from stages.common.picture_folders import SUFFIXES, UNREAD, search
from stages.common.picture_names import from_text
from stages.common.table_reader import TABLES, read
from stages.common.table_rows import Column
from stages.common.terminal import printable

# Columns of a list; the second names are those of ArtEmis.
PICTURE, EMOTION = Column("picture", ("image_file",)), Column("emotion", ("grounding_emotion",), required=False)
# Exit code of a command that left out some of the pictures it was given.
SOME_LEFT_OUT = 2


class Request(NamedTuple):
    """A picture that a model shall be asked about.

    Attributes:
        emotion: what its captions shall express, if the person says so: an emotion, `all` or `none`.
        place: the row of a list that asks for it, such as `list.csv, line 3`.
    """

    picture: Picture
    emotion: str | None = None
    place: str | None = None


def requests(places: Iterable[str | os.PathLike[str]]) -> Iterator[Request]:
    """The pictures among `places`, in the folders among them and in the lists among them, in order.

    Raises:
        UserError: a folder without a picture, or a list that cannot be read or has no pictures.
    """
    for place in map(Path, places):
        if is_list(place):
            yield from _listed(place)
        else:
            yield from (Request(File(str(path))) for path in find([place]))


def is_list(place: Path) -> bool:
    """True for the name of a table, even if there is none: it is no picture."""
    return place.name.lower().removesuffix(".gz").endswith(TABLES) and not is_folder(place)


def _listed(file: Path) -> Iterator[Request]:
    """The pictures in a list; a relative path starts at the list's folder."""
    empty = True
    for row in read(file, (PICTURE, EMOTION)):
        empty = False
        emotion = (row.optional_text(EMOTION.name) or "").strip()
        picture = File(str(file.parent / from_text(row.text(PICTURE.name))))
        yield Request(picture, emotion or None, f"{file}, {row.place}")
    if empty:
        raise UserError(f"{printable(file)}: lists no pictures; expected a row for each below the names of the columns")


def find(places: Iterable[Path]) -> Iterator[Path]:
    """The files among `places`, and the pictures in the folders among them, sorted.

    What a folder holds besides is named on stderr if it is, or may be, a picture. Subfolders that cannot be read are
    among the files, so that they are counted as left out.

    Raises:
        UserError: a folder without a picture.
    """
    for place in places:
        # `Path.is_dir` raises an error for a name that is too long.
        if not is_folder(place):
            yield place
            continue
        found = search(place)
        notes = list(found.notes(UNREAD))
        paths = [*found.pictures, *found.unreadable]
        if not paths:
            raise UserError(
                "; ".join([f"{printable(place)}: no picture in this folder ({', '.join(SUFFIXES)})", *notes])
            )
        for note in notes:
            print(f"{place}: {note}", file=sys.stderr)
        yield from sorted(place / path for path in paths)


def is_folder(place: Path) -> bool:
    """As `Path.is_dir`, but False for a name that is too long."""
    try:
        return place.is_dir()
    except OSError:  # too long a name
        return False
