"""Import ArtEmis' list of paintings that WikiArt holds twice as the twins.csv of a data set.

The list is `artemis/data/wiki_art_duplicate_paintings.pkl` of a clone of ArtEmis: groups
of (art_style, painting), pickled; none of its code is run.
"""

import csv
from pathlib import Path
from typing import Any

from formats.artemis.pickles import load_pickles
from stages.annotations.metadata import TWINS_COLUMNS, read_twins
from stages.common.errors import UserError
from stages.common.files import atomic_write


def convert(duplicates: Path, folder: Path) -> str:
    """Write twins.csv into `folder`, that of a data set; returns a summary.

    Raises:
        UserError: the list cannot be read or holds something else, there is no such folder, or its
            twins.csv is not empty.
    """
    groups = read(duplicates)
    path = folder / "twins.csv"
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; make it, with annotations.csv and images/ inside")
    if path.exists() and read_twins(path):
        raise UserError(f"{path} names twins already; move it away, or add the missing ones to it")
    with atomic_write(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TWINS_COLUMNS)
        writer.writerows((*artwork, number) for number, group in enumerate(groups, start=1) for artwork in group)
    return f"{path}: {len(groups):,} groups of {sum(map(len, groups)):,} artworks, as in {duplicates}"


def read(path: Path) -> list[list[tuple[str, str]]]:
    """The groups of (art_style, painting) in a file.

    Raises:
        UserError: it cannot be read, or holds something else.
    """
    objects = load_pickles(path)
    if len(objects) != 1 or not isinstance(objects[0], list) or not all(map(_is_group, objects[0])):
        raise UserError(f"{path}: holds no list of groups of (art_style, painting)")
    return [[(style, painting) for style, painting in group] for group in objects[0]]


def _is_group(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_artwork, value))


def _is_artwork(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(part, str) and part for part in value)
    )
