"""emotions: tell on which artworks, styles and genres people agree or are divided; and make its page.

Reads the annotations, their genres, the histograms of emotions and the packed pictures;
writes the figures to data/emotions_report/figures.json and the page that shows them,
reports/emotions.html. Pages made for sharing (`sharing`) leave out pictures and
utterances where dataset.yaml does not say `redistribute: true`.
"""

from stages.annotations.tables import load_annotations, load_genres, may_be_shown
from stages.common.entry import run
from stages.common.files import write_json
from stages.common.params import load
from stages.emotions_report.figures import figures
from stages.emotions_report.page import FIGURES, NOTEBOOK, PAGE
from stages.emotions_report.params import Params
from stages.histograms.tables import load_histograms
from stages.pages.page import make


def main() -> str:
    shown = may_be_shown(load(Params).sharing)
    write_json(figures(load_histograms(), load_genres(), load_annotations()), FIGURES)
    return make(PAGE, NOTEBOOK, {"pictures_shown": shown})


if __name__ == "__main__":
    run(__doc__, main)
