"""language_report: compare the language of the utterances with other captions and across genres; make the page.

Reads the measurements of the stage `wording` and the genres of the artworks; writes the figures to
data/language_report/figures.json and the page reports/language.html.
"""

from stages.annotations.tables import load_genres
from stages.common.entry import run
from stages.common.files import write_json
from stages.language_report.figures import compute
from stages.language_report.page import NOTEBOOK, PAGE
from stages.pages.page import make
from stages.wording.tables import load_artworks, load_sets, load_utterances


def main() -> str:
    write_json(compute(load_sets(), load_utterances(), load_artworks(), load_genres()), PAGE.figures)
    return make(PAGE, NOTEBOOK)


if __name__ == "__main__":
    run(__doc__, main)
