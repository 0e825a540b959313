"""The genre of each row of any table of artworks."""

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
