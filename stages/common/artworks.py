"""Artworks: the key columns of every table, the genre, the folder of the pictures."""

import os
from pathlib import Path

import pandas as pd

KEY = ["art_style", "painting"]


def genre_of(rows: pd.DataFrame, genres: pd.DataFrame) -> pd.Series:
    """The genre of each row's artwork, missing where it has none; the index is that of `rows`.

    Args:
        rows: with art_style and painting.
        genres: art_style, painting, genre, an artwork at most once.
    """
    known = genres.set_index(KEY)["genre"]
    found = known.reindex(pd.MultiIndex.from_frame(rows[KEY].astype(str)))
    return pd.Series(found.to_numpy(object), index=rows.index, name="genre", dtype=object)


def picture_folder(dataset: str) -> Path:
    """The pictures of a data set: in this workspace or, where DVC runs in a temporary copy, in the repository.

    Pictures are not tracked, so a copy does not have them; $DVC_ROOT names the
    repository that it was made from.
    """
    here = Path("data/raw") / dataset / "images"
    return here if here.is_dir() else Path(os.environ.get("DVC_ROOT", ".")) / here
