"""speakers: show what every system says of artworks and how well; and make the page.

Reads the captions of all systems, their scores, what people said, and the packed
pictures; writes reports/speakers.html and its notebook. Pages made for sharing
(`sharing`) leave out pictures and utterances where dataset.yaml does not say
`redistribute: true`.
"""

from stages.annotations.tables import may_be_shown
from stages.common.entry import run
from stages.common.params import load
from stages.pages.page import make
from stages.speakers_report.page import NOTEBOOK, PAGE
from stages.speakers_report.params import Params


def main() -> str:
    params = load(Params)
    shown = may_be_shown(params.sharing)
    return make(PAGE, NOTEBOOK, {"seed": params.seed, "pictures_shown": shown})


if __name__ == "__main__":
    run(__doc__, main)
