"""The page `language` and its figures: the summary of each caption set, and the same measures by genre."""

from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.artworks import genre_of
from stages.common.files import read_json
from stages.pages.page import Page
from stages.wording.summary import by_group

PAGE = Page(
    name="language",
    title="Language of the utterances",
    about="Concreteness, sentiment, subjectivity and parts of speech of the utterances, compared with captions of "
    "other datasets and across genres.",
    needs="The annotations; concreteness, sentiment and other captions where their files are in data/raw/resources/.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
FIGURES = Path("data/language_report/figures.json")


def load_figures() -> dict[str, Any]:
    """Load the result of `compute` that the stage wrote."""
    figures: dict[str, Any] = read_json(FIGURES)
    return figures


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
