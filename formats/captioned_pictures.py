"""Captions of picture files, from a file of any format, as a new data set.

A format's reader yields a `Caption` or a `LeftOut` for each row of the file. Everything that can stop the import is
checked before the first link is made.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from formats.dataset_card import Card, require_known
from formats.picture_finder import Finder
from formats.raw_data_set import Annotation, filling, safe_name
from formats.raw_pictures import Fault
from stages.common.errors import UserError
from stages.common.picture_names import from_text
from stages.common.progress import track
from stages.common.text_files import shown

# Also a picture in the text itself; but not file:///, as names that are not UTF-8 are written.
URL = re.compile(r"\s*(?!file:///)([a-z][a-z0-9+.-]+://|data:image/)", re.IGNORECASE)


class Caption(NamedTuple):
    """A row of a file of captions; `place` is that of the row, such as `captions.txt, line 7`.

    Attributes:
        picture: the name or path of the picture, as the file gives it.
        art_style, painting: the artwork; by default it is named after the folder and the file of the picture.
    """

    place: str
    picture: str
    utterance: str
    emotion: str | None = None
    split: str | None = None
    art_style: str | None = None
    painting: str | None = None


class LeftOut(NamedTuple):
    """A row that is no caption of a picture."""

    place: str
    reason: str
    details: str = ""


@dataclass(frozen=True)
class Located:
    """The rows of a file, with the path of each caption's picture below the folder of pictures, or its fault."""

    rows: list[tuple[Caption, str | Fault] | LeftOut]
    pictures: Finder


def optional_text(value: Any, key: str, place: str) -> str | None:
    """The text of a JSON value; None for null.

    Raises:
        UserError: it is no text.
    """
    if value is not None and not isinstance(value, str):
        raise UserError(f"{place}: {key} is {shown(value)}; expected text")
    return value


def locate(records: Iterable[Caption | LeftOut], file: Path, images: Path, card: Card) -> Located:
    """Find the picture of each row.

    Args:
        records: the rows of `file`.
        images: the folder of the pictures.

    Raises:
        UserError: the file has no rows, pictures that are no files, or emotions that the card does not name; or none
            of its pictures is in the folder.
    """
    given = list(records)
    captions = [record for record in given if isinstance(record, Caption)]
    if not given:
        raise UserError(f"{file}: no captions; expected one in each row")
    for caption in captions:
        _require_file(caption)
    require_known(filter(None, (_stripped(caption.emotion) for caption in captions)), card, file)
    pictures = Finder(images)
    names = dict.fromkeys(caption.picture for caption in captions)
    found = {name: pictures.find(str(from_text(name))) for name in names}
    if captions and not any(isinstance(path, str) for path in found.values()):
        raise UserError(
            f"{file}: none of its {len(found):,} pictures is in {images}; the first is {shown(captions[0].picture)}, "
            f"but the folder has names like {shown(pictures.paths[0])}; give the folder that has them"
        )
    rows = [(row, found[row.picture]) if isinstance(row, Caption) else row for row in given]
    return Located(rows, pictures)


def _require_file(caption: Caption) -> None:
    if URL.match(caption.picture):
        raise UserError(
            f"{caption.place}: the picture is {shown(caption.picture)}; pictures must be files: download them to a "
            "folder, and write their names in place of the addresses"
        )


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def write(located: Located, folder: Path, card: Card) -> str:
    """Make the data set; returns a summary.

    Args:
        folder: from `raw_data_set.new_folder`.

    Raises:
        UserError: two files for one artwork, a split that is none, no usable row, or the folder cannot be written.
    """
    captions = [row[0] for row in located.rows if not isinstance(row, LeftOut)]
    emotions = any(_stripped(caption.emotion) for caption in captions)
    splits = any(_stripped(caption.split) for caption in captions)
    if card.emotions and not emotions:
        raise UserError("--emotion is given, but no caption has an emotion; expected the key or column `emotion`")
    images, unused = located.pictures.folder, set(located.pictures.paths)
    with filling(folder, card, emotions=emotions, splits=splits) as data_set:
        for row in track(located.rows, "importing"):
            if isinstance(row, LeftOut):
                data_set.leave_out(*row)
            elif isinstance(row[1], Fault):
                data_set.leave_out(row[0].place, *row[1])
            else:
                unused.discard(row[1])
                data_set.add(row[0].place, _annotation(row[0], row[1], folder.name), images / row[1])
        for path in sorted(unused):
            data_set.leave_out(str(images / path), "no caption", kind="file")
    return data_set.summary()


def _annotation(caption: Caption, path: str, dataset: str) -> Annotation:
    """The row of annotations.csv of a caption whose picture lies at `path` below the folder."""
    picture = PurePosixPath(path)
    # Nested folders become one, whose name says all of them.
    folders = picture.parent.as_posix() if picture.parent.parts else dataset
    art_style, painting = (safe_name(name) for name in (caption.art_style or folders, caption.painting or picture.stem))
    return Annotation(art_style, painting, caption.utterance, caption.emotion, caption.split)
