"""index_report: make the front page of the study, with links to all other pages.

Reads the metrics of all systems and models, the utterances, the figures of the page `dataset` and
params.yaml; writes reports/index.html.
"""

from pathlib import Path

from stages.annotations.tables import load_card
from stages.common.entry import run
from stages.common.params import FILE, load
from stages.index_report.overview import TRAINED, overview
from stages.index_report.params import Params
from stages.metrics.tables import load_metrics, scored
from stages.pages.catalogue import DATASET, PAGES
from stages.pages.page import save_page
from stages.utterances.tables import load_utterances, vocabulary_path
from stages.utterances.vocabulary import Vocabulary

INDEX = Path("reports/index.html")


def main() -> str:
    metrics = {system: load_metrics(system) for system in scored()}
    html = overview(
        annotations=load_utterances("analysis"),
        utterances=load_utterances("deep_nets"),
        words=len(Vocabulary.load(vocabulary_path("deep_nets"))),
        dataset=load_card(),
        figures=DATASET.load_figures(),
        metrics=metrics,
        sharing=load(Params).sharing,
        params=FILE.read_text(encoding="utf-8"),
    )
    save_page(html, INDEX)
    return f"{INDEX}: links to {len(PAGES)} pages, metrics of {len(metrics)} systems and {len(TRAINED)} models"


if __name__ == "__main__":
    run(__doc__, main)
