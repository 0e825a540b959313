"""classifiers: tell how well emotions are told from words and from pictures; and make the page of it.

Reads the probabilities that both classifiers left of every utterance and artwork, with
their numbers and their learning curves; writes the figures to
data/classifiers_report/figures.json and the page that shows them, reports/classifiers.html.
Pages made for sharing (`sharing`) leave out pictures and utterances where
dataset.yaml does not say `redistribute: true`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.annotations.tables import load_card, may_be_shown
from stages.classifiers_report.figures import of_image, of_text
from stages.classifiers_report.page import FIGURES, NOTEBOOK, PAGE
from stages.classifiers_report.params import Params
from stages.common.entry import run
from stages.common.files import read_json, write_json
from stages.common.params import load
from stages.histograms.tables import load_histograms
from stages.learning.predictions import load_probabilities
from stages.pages.page import make


def main() -> str:
    shown = may_be_shown(load(Params).sharing)
    text, image = of_text(*left_by("text_classifier")), of_image(*left_by("image_classifier"), load_histograms())
    write_json({"text": text, "image": image}, FIGURES)
    return make(PAGE, NOTEBOOK, {"shown": shown, "data_set": load_card()["name"]})


def left_by(stage: str) -> tuple[pd.DataFrame, np.ndarray, float, dict[str, Any]]:
    """What a classifier's stage left: its rows, their probabilities (N, 9), its temperature and its numbers."""
    made = Path("data") / stage
    temperature = read_json(made / "config.json")["temperature"]
    metrics = read_json(Path("reports") / stage / "metrics.json")
    return *load_probabilities(made / "probabilities.parquet"), temperature, metrics


if __name__ == "__main__":
    run(__doc__, main)
