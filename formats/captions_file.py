"""Captions of another system from a file: CSV, TSV, Parquet, JSON, JSON Lines, or COCO's format for results."""

import re
from pathlib import Path

import pandas as pd

from stages.common import table_reader
from stages.common.artworks import ARTWORK
from stages.common.emotions import NO_EMOTIONS, Emotions
from stages.common.errors import UserError
from stages.common.picture_names import from_text
from stages.common.table_rows import Column, Row
from stages.common.token_lists import GENERATED, joined

IMAGE, PICTURE, CAPTION, EMOTION = "image_id", "picture", "caption", "grounding_emotion"
NUMBER = re.compile(r"\s*[+-]?[0-9]+([.,][0-9]*)?([eE][+-]?[0-9]+)?\s*")
COLUMNS = (
    *(Column(name, required=False) for name in (*ARTWORK, IMAGE, PICTURE, EMOTION)),
    Column(CAPTION, (GENERATED,)),
)


def read(file: Path, emotions: Emotions) -> pd.DataFrame:
    """The captions in `file` as a table like that of the stage `captions`: one config, one caption a row.

    The columns are art_style, painting, caption, grounding_emotion (missing for a plain
    caption), config and rank (both 0), and place: `line 7` or `row 7` of the file. A caption
    may be a list of tokens; a line on stderr says that they were joined.

    Raises:
        UserError: there is no such file, it is damaged, or it lacks a column or a value.
    """
    rows = joined(table_reader.read(file, COLUMNS, mapping=(IMAGE, CAPTION)), CAPTION)
    records = [(*_artwork(row), _caption(row), _emotion(row, emotions), 0, 0, row.place) for row in rows]
    if not records:
        raise UserError(f"{file}: no row below the column names; expected a caption in each row")
    return pd.DataFrame(records, columns=pd.Index([*ARTWORK, CAPTION, EMOTION, "config", "rank", "place"]))


def _artwork(row: Row) -> tuple[str, str]:
    """Style and painting, from columns of these names, COCO's image_id or the path of the picture."""
    if PICTURE in row.values and row.values.keys().isdisjoint([*ARTWORK, IMAGE]):
        path = from_text(row.text(PICTURE))
        if not path.parent.name:
            row.refuse(f"{PICTURE} is {row.shown(PICTURE)}", "expected a path with <art_style>/<painting>.<suffix>")
        return path.parent.name, path.stem
    if IMAGE not in row.values and not set(ARTWORK) <= row.values.keys():
        absent = next(name for name in ARTWORK if name not in row.values)
        raise UserError(
            f"{row.path}: no column {absent}; expected {', '.join(ARTWORK)} and caption, or {IMAGE} or "
            f"{PICTURE} in place of the two"
        )
    given = [name for name in ARTWORK if row.optional_text(name) is not None]
    if given or IMAGE not in row.values:
        return row.text("art_style"), row.text("painting")
    art_style, _, painting = str(row.values[IMAGE] or "").partition("/")
    if not (isinstance(row.values[IMAGE], str) and art_style.strip() and painting.strip()):
        row.refuse(f"{IMAGE} is {row.shown(IMAGE)}", "expected <art_style>/<painting>")
    row.text(IMAGE)
    return art_style, painting


def _caption(row: Row) -> str:
    """The text of a caption; the numbers of another column, which a CSV holds as text, are none."""
    caption = row.text(CAPTION)
    if NUMBER.fullmatch(caption):
        row.refuse(f"{CAPTION} is the number {caption.strip():.60}", "expected text")
    return caption


def _emotion(row: Row, emotions: Emotions) -> str | None:
    emotion = (row.optional_text(EMOTION) or "").strip()
    if emotion and emotion not in emotions.polarities:
        allowed = f"allowed: {', '.join(emotions)}, or nothing" if emotions else f"{NO_EMOTIONS}, so leave it blank"
        row.refuse(f"unknown {EMOTION} {emotion!r:.60}", allowed)
    return emotion or None
