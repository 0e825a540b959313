"""Figures of the report: the summary of each caption set, and the same measures by genre."""

from typing import Any

import pandas as pd

from stages.common.artworks import genre_of
from stages.wording.summary import by_group


def compute(
    sets: dict[str, Any], utterances: pd.DataFrame, artworks: pd.DataFrame, genres: pd.DataFrame
) -> dict[str, Any]:
    """Add `by_genre` to the content of data/wording/sets.json.

    Args:
        utterances, artworks: the tables of the stage `wording`.
        genres: art_style, painting, genre.
    """
    by_genre = by_group(utterances, artworks, genre_of(utterances, genres), genre_of(artworks, genres))
    return {**sets, "by_genre": by_genre}
