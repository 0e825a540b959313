"""language_report: compare the language of the utterances with other captions and across genres; make the page.

Reads the measurements of the stage `wording` and the genres of the artworks; writes the figures to
data/language_report/figures.json and the page reports/language.html. If nothing was measured, there are no figures, and
the page says why.
"""

from typing import Any

import pandas as pd

from stages.annotations.tables import load_genres
from stages.common.artworks import genre_of
from stages.common.entry import run
from stages.common.files import write_json
from stages.common.language import FOR_ENGLISH
from stages.pages.catalogue import LANGUAGE
from stages.pages.page import leave_out, make
from stages.wording.tables import by_group, load_artworks, load_sets, load_utterances


def main() -> str:
    measured = load_sets()
    if not measured["sets"]:
        write_json({}, LANGUAGE.figures)
        return leave_out(LANGUAGE, f"Left out: {FOR_ENGLISH}.")
    write_json(compute(measured, load_utterances(), load_artworks(), load_genres()), LANGUAGE.figures)
    return make(LANGUAGE)


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


if __name__ == "__main__":
    run(__doc__, main)
