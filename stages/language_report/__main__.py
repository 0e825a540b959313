"""language: tell how people word what they feel, beside other captions and by genre; and make its page.

Reads what the stage `wording` measured, and the genres of the artworks; writes the
figures to data/language_report/figures.json and the page that shows them, reports/language.html.
"""

from stages.annotations.tables import load_genres
from stages.common.artworks import genre_of
from stages.common.entry import run
from stages.common.files import write_json
from stages.language_report.page import FIGURES, NOTEBOOK, PAGE
from stages.pages.page import make
from stages.wording.summary import by_group
from stages.wording.tables import load_artworks, load_sets, load_utterances


def main() -> str:
    utterances, artworks, genres = load_utterances(), load_artworks(), load_genres()
    told = by_group(utterances, artworks, genre_of(utterances, genres), genre_of(artworks, genres))
    write_json({**load_sets(), "by_genre": told}, FIGURES)
    return make(PAGE, NOTEBOOK)


if __name__ == "__main__":
    run(__doc__, main)
