"""emotions_report: rank artworks, styles and genres by the entropy of their emotions; make the page.

Reads the annotations, their genres, the emotion histograms and the packed pictures; writes the figures
to data/emotions_report/figures.json and the page reports/emotions.html. A page for sharing (`sharing`)
leaves out pictures and utterances, unless dataset.yaml has `redistribute: true`.
"""

from stages.annotations.tables import load_annotations, load_emotions, load_genres, may_be_shown
from stages.common.emotions import NO_EMOTIONS
from stages.common.entry import run
from stages.common.files import write_json
from stages.common.params import load
from stages.emotions_report.figures import compute
from stages.emotions_report.params import Params
from stages.histograms.tables import load_histograms
from stages.pages.catalogue import EMOTIONS
from stages.pages.page import leave_out, make


def main() -> str:
    shown = may_be_shown(load(Params).sharing)
    emotions = load_emotions()
    if not emotions:
        write_json({}, EMOTIONS.figures)
        return leave_out(EMOTIONS, f"This page is empty: {NO_EMOTIONS}.")
    write_json(compute(load_histograms(), load_genres(), load_annotations(), emotions), EMOTIONS.figures)
    return make(EMOTIONS, {"pictures_shown": shown})


if __name__ == "__main__":
    run(__doc__, main)
