"""reference_report: compare the published ArtEmis results with this study.

Reads the figures of the pages `dataset`, `language` and `emotions`; writes the page reports/reference.html.
It says which values agree only if the annotations have as many records and artworks as ArtEmis' release. Under
utterances.rules: plain nothing is compared, since the values describe English text.
"""

from pathlib import Path

from stages.annotations.tables import load_card
from stages.common.entry import run
from stages.common.files import read_json
from stages.common.language import FOR_ENGLISH, is_english
from stages.common.params import load
from stages.pages.catalogue import DATASET, EMOTIONS, LANGUAGE, REFERENCE
from stages.pages.page import leave_out, save_page
from stages.pages.published import load_published
from stages.reference_report.comparison import compare, is_artemis, render, verdict
from stages.reference_report.params import Params

ANNOTATIONS = Path("reports/annotations/metrics.json")


def main() -> str:
    rules = load(Params).utterances.rules
    if not is_english(rules):
        return leave_out(REFERENCE, f"Left out: {FOR_ENGLISH}.")
    counts = read_json(ANNOTATIONS)
    figures = {page.name: page.load_figures() for page in (DATASET, LANGUAGE, EMOTIONS)}
    comparisons = compare(load_published(), figures)
    artemis = is_artemis(counts)
    size = f"{counts['rows']:,} records on {counts['artworks']:,} artworks"
    save_page(render(comparisons, artemis=artemis, rules=rules, dataset=load_card(), size=size), REFERENCE.html)
    result = verdict(comparisons) if artemis else f"not compared: the annotations are not ArtEmis' ({size})"
    return f"{REFERENCE.html}, {len(comparisons):,} published values; {result}"


if __name__ == "__main__":
    run(__doc__, main)
