"""dataset: describe the data set: sizes, emotions, agreement, words; and make its page.

Reads the annotations, the utterances of the profile `analysis` and the histograms of
emotions; writes the figures to data/dataset_report/figures.json and the page that shows them,
reports/dataset.html. Genres come from genres.csv of the data set, the words for
"something else" from data/raw/resources/, where there are any.
"""

from typing import Any

from stages.annotations.tables import load_genres
from stages.common.entry import run
from stages.common.files import write_json
from stages.dataset_report.figures import figures
from stages.dataset_report.page import FIGURES, NOTEBOOK, PAGE
from stages.dataset_report.statistics import load_synonyms
from stages.histograms.tables import load_histograms
from stages.pages.page import make
from stages.utterances.resource_files import FOLDER as RESOURCES
from stages.utterances.resource_files import SYNONYMS
from stages.utterances.tables import load_tokens, load_utterances

COLUMNS = ["art_style", "painting", "emotion", "tokens_len", "utterance_spelled"]


def main() -> str:
    found = describe()
    return f"{found['annotations']:,} annotations of {found['artworks']:,} artworks described; {make(PAGE, NOTEBOOK)}"


def describe() -> dict[str, Any]:
    """Compute the figures and write them."""
    found = figures(
        load_utterances("analysis", COLUMNS),
        load_tokens("analysis"),
        load_histograms(),
        load_genres(),
        load_synonyms(RESOURCES / SYNONYMS),
    )
    write_json(found, FIGURES)
    return found


if __name__ == "__main__":
    run(__doc__, main)
