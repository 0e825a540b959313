"""Artworks: their key columns, their genre, the folder of their pictures."""

import os
import unicodedata
from pathlib import Path

import pandas as pd

# The columns that identify an artwork in every table.
ARTWORK = ["art_style", "painting"]


def genre_of(rows: pd.DataFrame, genres: pd.DataFrame) -> pd.Series:
    """Genre of each row's artwork, missing where it has none; the index is that of `rows`.

    Args:
        rows: table with the columns art_style and painting.
        genres: art_style, painting and genre, each artwork at most once.
    """
    genre = genres.set_index(ARTWORK)["genre"]
    values = genre.reindex(pd.MultiIndex.from_frame(rows[ARTWORK].astype(str))).to_numpy(object)
    return pd.Series(values, index=rows.index, name="genre", dtype=object)


def picture_folder(dataset: str) -> Path:
    """Folder of a data set's pictures: in this workspace or, where DVC runs in a temporary copy, in the repository.

    Pictures are not tracked, so a copy lacks them; $DVC_ROOT names the repository
    that the copy was made from.
    """
    here = Path("data/raw") / dataset / "images"
    return here if here.is_dir() else Path(os.environ.get("DVC_ROOT", ".")) / here


def composed(artwork: tuple[str, str]) -> tuple[str, str]:
    """The names of an artwork in Unicode's canonical composition (NFC): macOS writes `é` as two characters."""
    art_style, painting = (unicodedata.normalize("NFC", name) for name in artwork)
    return art_style, painting
