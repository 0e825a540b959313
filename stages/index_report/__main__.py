"""reports: make the front page of the study, which links all others.

Beside the links, reports/index.html holds the headline numbers of every system and
model, how much data there is, and params.yaml in full. It reads what the other pages
are made of, so `dvc repro reports` makes them all.
"""

from pathlib import Path

from stages.annotations.tables import load_card
from stages.common.entry import run
from stages.common.params import FILE, load
from stages.dataset_report.page import load_figures
from stages.index_report.overview import REPORTS, TRAINED, overview
from stages.index_report.params import Params
from stages.metrics.tables import SYSTEMS, load_metrics
from stages.pages.page import save_page
from stages.utterances.tables import load_utterances, vocabulary_path
from stages.utterances.vocabulary import Vocabulary

INDEX = Path("reports/index.html")


def main() -> str:
    page = overview(
        annotations=load_utterances("analysis"),
        utterances=load_utterances("deep_nets"),
        words=len(Vocabulary.load(vocabulary_path("deep_nets"))),
        dataset=load_card(),
        figures=load_figures(),
        metrics={system: load_metrics(system) for system in SYSTEMS},
        sharing=load(Params).sharing,
        params=FILE.read_text(encoding="utf-8"),
    )
    save_page(page, INDEX)
    return f"{INDEX}, which links {len(REPORTS)} pages and shows {len(SYSTEMS)} systems and {len(TRAINED)} models"


if __name__ == "__main__":
    run(__doc__, main)
