"""Review sheets as a self-contained HTML page: no other file, no network; works on a phone and by keyboard.

The page holds its rows as JSON, as they were written. What people do on it stays in their browser until they save it,
as a .csv sheet.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from formats.machine_captions import Reviewed
from formats.review.columns import CHECK, COLUMNS, MADE, STAFF, Record, Wrong, cells
from formats.review.text_table import GUARD
from formats.review.thumbnails import Thumbnail
from stages.common.errors import UserError
from stages.common.text_files import first_bytes

TEMPLATE = Path(__file__).parent / "template"
ROWS = re.compile(r'<script type="application/json" id="sheet">(.*?)</script>', re.DOTALL)
# What a browser writes into the page when it saves it with what was done on it.
DONE = re.compile(r'<script type="application/json" id="done">(.*?)</script>', re.DOTALL)


def write(rows: Sequence[Reviewed], path: Path, thumbnail: Thumbnail) -> None:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    table = [cells(row) for row in rows]
    parts = environment.get_template("review.html.j2").generate(
        made=MADE,
        pictures=_pictures(rows, table, thumbnail),
        total=len(rows),
        shown={
            "columns": COLUMNS,
            "staff": STAFF,
            "guard": GUARD,
            "slots": [_slot(texts) for texts in table],
            "rows": [list(texts.values()) for texts in table],
        },
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(parts)


def _pictures(rows: Sequence[Reviewed], table: list[dict[str, str]], thumbnail: Thumbnail) -> Iterator[dict[str, Any]]:
    """The pictures with their rows, each a pair of its number and its texts."""
    numbered = groupby(enumerate(rows), key=lambda pair: (pair[1].caption.digest, pair[1].caption.target))
    for _, group in numbered:
        members = list(group)
        picture = thumbnail(members[0][1])
        yield {
            "name": members[0][1].caption.picture,
            "thumbnail": base64.b64encode(picture).decode() if picture else None,
            "rows": [(number, table[number]) for number, _ in members],
        }


def _slot(texts: dict[str, str]) -> str:
    """The key of a row in a browser: another one if somebody has changed the row in between."""
    return hashlib.sha256("\0".join(texts[column] for column in (CHECK, *STAFF)).encode()).hexdigest()[:32]


def records(path: Path) -> Iterator[Record]:
    """The column names and rows of a page, with what was done on it if a browser has saved it so.

    Raises:
        UserError: there is no such file, or it is no review sheet.
    """
    first_bytes(path)
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    try:
        shown = json.loads(ROWS.findall(text)[0])
        done = json.loads((DONE.findall(text) or ["{}"])[0])
        columns, rows, slots = [str(name) for name in shown["columns"]], shown["rows"], shown["slots"]
        changed = [_changed(columns, row, done.get(slot, {})) for row, slot in zip(rows, slots, strict=True)]
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        raise UserError(
            f"{path}: no review sheet, or a damaged one; expected a page that `artemis caption --review` has written"
        ) from None
    yield Record("column names", columns)
    for number, line in enumerate(changed, start=1):
        yield Record(f"caption {number}", line)


def _changed(columns: list[str], row: list[str], done: dict[str, str]) -> list[str | Wrong]:
    """The cells of a row, with what staff wrote on the page."""
    texts = [done.get(column, text) if column in STAFF else text for column, text in zip(columns, row, strict=True)]
    return [text if isinstance(text, str) else Wrong("no text; take a copy of the sheet") for text in texts]
