"""reference: hold every published value of ArtEmis against the value found in this run's data set.

Reads the figures of the pages `dataset`, `language` and `emotions` and writes the page
reports/reference.html. Whether values agree is told only where the file of annotations
has the counts of ArtEmis' release.
"""

from pathlib import Path

from stages.annotations.tables import load_card
from stages.common.entry import run
from stages.common.files import read_json
from stages.common.params import load
from stages.dataset_report import page as dataset
from stages.emotions_report import page as emotions
from stages.language_report import page as language
from stages.pages.page import save_page
from stages.pages.published import load_published
from stages.reference_report.comparison import compare, is_artemis, verdict
from stages.reference_report.page import PAGE, render
from stages.reference_report.params import Params

INGESTED = Path("reports/annotations/metrics.json")


def main() -> str:
    ingested = read_json(INGESTED)
    pages = (dataset, language, emotions)
    compared = compare(load_published(), {one.PAGE.name: one.load_figures() for one in pages})
    artemis = is_artemis(ingested)
    size = f"{ingested['rows']:,} records on {ingested['artworks']:,} artworks"
    rules = load(Params).utterances.rules
    save_page(render(compared, artemis=artemis, rules=rules, dataset=load_card(), size=size), PAGE.html)
    told = verdict(compared) if artemis else f"no verdict, since the data are not ArtEmis' ({size})"
    return f"{PAGE.html}, {len(compared):,} published values; {told}"


if __name__ == "__main__":
    run(__doc__, main)
