"""Captions of other data sets for comparison, in the formats in which they are published.

Files in data/raw/resources/captions/ are recognised by their names; several files of one data set (`coco_train.json`,
`coco_val.json`) are read as one.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.errors import UserError, advising
from stages.common.table_reader import objects
from stages.common.table_rows import Column, Row
from stages.common.text_files import read_json, text_lines

FOLDER = "captions"
# Name of the picture, and the caption.
Pair = tuple[str, str]


def coco(path: Path) -> Iterator[Pair]:
    """COCO's captions_*.json, or the JSON of Karpathy's splits."""
    content = read_json(path)
    if isinstance(content, dict) and "annotations" not in content and "images" in content:
        yield from _karpathy(path, content)
        return
    for row in _rows(path, content, "annotations", ["image_id", "caption"]):
        yield _name(row, "image_id"), row.text("caption")


def _karpathy(path: Path, content: Any) -> Iterator[Pair]:
    for image in _rows(path, content, "images", ["filename", "sentences"]):
        sentences = [(f"{image.place}, sentence {number}", text) for number, text in _numbered(image, "sentences")]
        for row in objects(path, [Column("raw")], sentences) if sentences else ():
            yield image.text("filename"), row.text("raw")


def flickr30k(path: Path) -> Iterator[Pair]:
    """Flickr30k's results_*.token: `picture.jpg#0`, tab, caption."""
    for row in _tabbed(path, ["picture", "caption"]):
        yield row.text("picture").partition("#")[0], row.text("caption")


def google_refexp(path: Path) -> Iterator[Pair]:
    """Google's google_refexp_*.json, as released (lists) or aligned with COCO (dicts)."""
    content = read_json(path)
    captions = {_name(row, "refexp_id"): row for row in _rows(path, content, "refexps", ["refexp_id", "raw"])}
    for region in _rows(path, content, "annotations", ["image_id", "refexp_ids"]):
        for _, number in _numbered(region, "refexp_ids"):
            if str(number) not in captions:
                region.refuse(f"refexp_ids names {number!r}", "expected a refexp_id of refexps")
            yield _name(region, "image_id"), captions[str(number)].text("raw")


def conceptual_captions(path: Path) -> Iterator[Pair]:
    """Conceptual Captions' TSV: caption, tab, address of the picture."""
    for row in _tabbed(path, ["caption", "address"]):
        yield row.text("address"), row.text("caption")


def _rows(path: Path, content: Any, key: str, columns: Sequence[str]) -> Iterator[Row]:
    """The objects under `key`, in a list or in an object by their number."""
    entries = content.get(key) if isinstance(content, dict) else None
    values = list(entries.values()) if isinstance(entries, dict) else entries
    if not isinstance(values, list) or not values:
        raise UserError(f"{path}: no list of {key}; expected an object with the key {key}")
    places = [(f"{key}, row {number:,}", value) for number, value in enumerate(values, start=1)]
    return objects(path, [Column(name) for name in columns], places)


def _tabbed(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The lines that are not blank, split at tabs; quotes are characters like others."""
    for number, line in text_lines(path):
        if line.strip():
            fields = line.split("\t")
            row = Row(path, f"line {number:,}", dict(zip(columns, fields, strict=False)))
            if len(fields) < len(columns):
                row.refuse("no tab", f"expected {', tab, '.join(columns)}; correct or remove the line")
            yield row


def _numbered(row: Row, column: str) -> Iterator[tuple[int, Any]]:
    values = row.values.get(column)
    if not isinstance(values, list):
        row.refuse(f"{column} is {row.shown(column)}", "expected a list")
    return enumerate(values, start=1)


def _name(row: Row, column: str) -> str:
    """A name, which some files give as a whole number."""
    value = row.values.get(column)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else row.text(column)


READERS: dict[str, tuple[str, Callable[[Path], Iterator[Pair]]]] = {
    "COCO": ("coco*.json", coco),
    "Flickr30k": ("flickr30k*.token", flickr30k),
    "Google RefExp": ("google_refexp*.json", google_refexp),
    "Conceptual Captions": ("conceptual_captions*.tsv", conceptual_captions),
}


def find(resources: Path) -> dict[str, list[Path]]:
    """Files of each data set that has any."""
    files = {name: sorted((resources / FOLDER).glob(pattern)) for name, (pattern, _) in READERS.items()}
    return {name: paths for name, paths in files.items() if paths}


def load(name: str, paths: list[Path]) -> pd.DataFrame:
    """Captions of a data set: picture, caption.

    Raises:
        UserError: a file has another format.
    """
    rows: list[Pair] = []
    for path in paths:
        with advising(f"data/raw/resources/README.md describes the files of {name}"):
            rows += READERS[name][1](path)
    if not rows:
        raise UserError(f"{paths[0]}: no captions; replace or remove this file of captions of {name}")
    return pd.DataFrame(rows, columns=["picture", "caption"])
