"""Lists of artworks, and of pairs of a contrasting artwork and its anchor, as tables."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import atomic_write
from stages.common.table_reader import read
from stages.common.table_rows import Column

Artwork = tuple[str, str]
ANCHOR = [f"anchor_{name}" for name in ARTWORK]


def save_artworks(artworks: Iterable[Artwork], path: Path) -> None:
    """Write a CSV of art_style and painting."""
    _write(ARTWORK, artworks, path)


def load_artworks(path: Path) -> pd.DataFrame:
    """The artworks of a table: art_style, painting and place (`line 7`); other columns are ignored.

    Raises:
        UserError: it cannot be read, names nothing, or names an artwork twice.
    """
    return _read(path, ARTWORK)


def save_pairs(pairs: Iterable[tuple[Artwork, Artwork]], path: Path) -> None:
    """Write a CSV of pairs: an artwork, then its anchor (anchor_art_style, anchor_painting)."""
    _write([*ARTWORK, *ANCHOR], ((*artwork, *anchor) for artwork, anchor in pairs), path)


def load_pairs(path: Path) -> pd.DataFrame:
    """The pairs of a table: art_style, painting, anchor_art_style, anchor_painting and place.

    Raises:
        UserError: it cannot be read, names nothing, names a pair twice, or an artwork as its own anchor.
    """
    pairs = _read(path, [*ARTWORK, *ANCHOR])
    own = pairs[(pairs[ARTWORK].to_numpy() == pairs[ANCHOR].to_numpy()).all(1)]
    if len(own):
        first = own.iloc[0]
        raise UserError(
            f"{path}, {first['place']}: {'/'.join(first[ARTWORK])} is its own anchor; a pair is of two artworks, "
            "remove the row"
        )
    return pairs


def _write(columns: Sequence[str], rows: Iterable[tuple[str, ...]], path: Path) -> None:
    with atomic_write(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        # All text is quoted, so that any line end in a name survives.
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows(rows)


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    rows = [(*map(row.text, columns), row.place) for row in read(path, [Column(name) for name in columns])]
    table = pd.DataFrame(rows, columns=pd.Index([*columns, "place"]))
    if table.empty:
        raise UserError(f"{path}: no row below the column names; expected {', '.join(columns)} in each row")
    repeated = table[table.duplicated(columns)]
    if len(repeated):
        second = repeated.iloc[0]
        first = table[(table[columns] == second[columns]).all(axis=1)].iloc[0]
        raise UserError(f"{path}, {second['place']}: the same as {first['place']}; keep one of them")
    return table
