"""dataset_report: compute statistics of the dataset (sizes, emotions, agreement, words) and make their page.

Reads the annotations, the utterances of the profile `analysis` and the emotion histograms; genres come
from genres.csv of the dataset and the synonyms for "something else" from data/raw/resources/, where
they are given. Similes and synonyms are looked for in English only, not under utterances.rules: plain.
Writes the figures to data/dataset_report/figures.json and the page reports/dataset.html.
"""

from typing import Any

from stages.annotations.tables import load_emotions, load_genres
from stages.common.emotions import Emotions
from stages.common.entry import run
from stages.common.files import write_json
from stages.common.language import FOR_ENGLISH, is_english
from stages.common.params import load
from stages.dataset_report.figures import SOMETHING_ELSE, SOMETHING_ELSE_KEY, compute
from stages.dataset_report.params import Params
from stages.dataset_report.statistics import load_synonyms
from stages.histograms.tables import load_histograms
from stages.pages.catalogue import DATASET
from stages.pages.page import make
from stages.utterances.resource_files import FOLDER as RESOURCES
from stages.utterances.resource_files import SYNONYMS
from stages.utterances.tables import load_tokens, load_utterances

COLUMNS = ["art_style", "painting", "emotion", "tokens_len", "utterance_spelled"]


def main() -> str:
    emotions, english = load_emotions(), is_english(load(Params).utterances.rules)
    figures = describe(emotions, english=english)
    without = [SOMETHING_ELSE] if SOMETHING_ELSE_KEY not in figures else []
    page = make(DATASET, without=without if emotions else [*without, "emotions"])
    left_out = "" if english else f"; similes are left out: {FOR_ENGLISH}"
    return f"{figures['annotations']:,} annotations of {figures['artworks']:,} artworks; {page}{left_out}"


def describe(emotions: Emotions, *, english: bool) -> dict[str, Any]:
    """Compute the figures and write them."""
    figures = compute(
        load_utterances("analysis", COLUMNS),
        load_tokens("analysis"),
        load_histograms(),
        load_genres(),
        load_synonyms(RESOURCES / SYNONYMS) if english else None,
        emotions,
        english=english,
    )
    write_json(figures, DATASET.figures)
    return figures


if __name__ == "__main__":
    run(__doc__, main)
