"""speakers_report: compare the captions of all systems and make the page `speakers`.

Reads the captions and metrics of all systems, the utterances and the packed pictures;
writes reports/speakers.html and its notebook. With `sharing: true` the page omits pictures
and utterances, unless dataset.yaml says `redistribute: true`.
"""

from stages.annotations.tables import load_emotions, may_be_shown
from stages.common.entry import run
from stages.common.params import load
from stages.pages.catalogue import SPEAKERS
from stages.pages.page import make
from stages.speakers_report.params import Params


def main() -> str:
    params = load(Params)
    without = [] if load_emotions() else ["emotions"]
    return make(SPEAKERS, {"seed": params.seed, "pictures_shown": may_be_shown(params.sharing)}, without)


if __name__ == "__main__":
    run(__doc__, main)
