"""Captions in JSON Lines: an object a line, with the file of a picture and its caption or captions.

The keys are `image`, `file_name`, `picture` or `path`; `caption`, `captions`, `text` or `utterance`; and, optionally,
`emotion`, `split`, `art_style` and `painting`. Others are named on stderr.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from formats.captioned_pictures import Caption, optional_text
from stages.common.errors import UserError
from stages.common.table_reader import objects
from stages.common.table_rows import Column, Row
from stages.common.text_files import parse, shown, text_lines
from stages.common.token_lists import joined

PICTURE = Column("image", ("file_name", "picture", "path"))
TEXT, SEVERAL = "caption", "captions"
OPTIONAL = ("emotion", "split", "art_style", "painting")
COLUMNS = (PICTURE, Column(TEXT, (SEVERAL, "text", "utterance")), *(Column(name, required=False) for name in OPTIONAL))


def read(path: Path) -> Iterator[Caption]:
    """Yield the captions of a file, in order.

    Raises:
        UserError: there is no such file, a line is no JSON object, or a value is not of the kind that is expected.
    """
    values = [(f"line {line:,}", parse(text, path, line)) for line, text in text_lines(path) if text.strip()]
    if not values:
        raise UserError(f"{path}: the file is empty; expected a JSON object in each line")
    rows = list(objects(path, COLUMNS, values))
    _name_others(path, values, rows[0])
    # Words in a list `caption` are tokens, in a list `captions` captions.
    for row in rows if rows[0].header(TEXT) == SEVERAL else joined(rows, TEXT):
        place = f"{path}, {row.place}"
        picture, emotion, split, art_style, painting = (
            optional_text(row.values.get(name), row.header(name), place) for name in (PICTURE.name, *OPTIONAL)
        )
        for at, caption in _captions(row, place):
            yield Caption(at, picture or "", caption, emotion, split, art_style, painting)


def _name_others(path: Path, values: list[tuple[str, Any]], row: Row) -> None:
    """Name the keys that are not read on stderr."""
    used = {row.header(name) for name in row.values}
    others = [key for key in dict.fromkeys(key for _, value in values for key in value) if key not in used]
    if others:
        print(f"{path}: not read: {', '.join(map(shown, others))}", file=sys.stderr)


def _captions(row: Row, place: str) -> Iterator[tuple[str, str]]:
    """Place and text of each caption of a row; a missing one is an empty text."""
    given, key = row.values[TEXT], row.header(TEXT)
    if not isinstance(given, list):
        yield place, optional_text(given, key, place) or ""
        return
    if not given:
        yield place, ""
    for number, caption in enumerate(given):
        yield place, optional_text(caption, f"{key}[{number}]", place) or ""
