"""classifiers_report: evaluate both emotion classifiers on the test split and make the page `classifiers`.

Reads the probabilities, metrics and learning curves of text_classifier and image_classifier;
writes data/classifiers_report/figures.json, and the page with its notebook to reports/.
With `sharing: true` the page omits pictures and utterances, unless dataset.yaml says
`redistribute: true`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.annotations.tables import load_card, load_emotions, may_be_shown
from stages.classifiers_report.figures import image_figures, text_figures
from stages.classifiers_report.params import Params
from stages.common.emotions import NO_EMOTIONS
from stages.common.entry import run
from stages.common.files import read_json, write_json
from stages.common.params import load
from stages.histograms.tables import load_histograms
from stages.learning.predictions import load_probabilities
from stages.pages.catalogue import CLASSIFIERS
from stages.pages.page import leave_out, make


def main() -> str:
    shown = may_be_shown(load(Params).sharing)
    emotions = load_emotions()
    if not emotions:
        write_json({}, CLASSIFIERS.figures)
        return leave_out(CLASSIFIERS, f"This page is empty: {NO_EMOTIONS}.")
    text = text_figures(*load_results("text_classifier"), emotions)
    image = image_figures(*load_results("image_classifier"), load_histograms(), emotions)
    write_json({"text": text, "image": image}, CLASSIFIERS.figures)
    card = load_card()
    return make(CLASSIFIERS, {"shown": shown, "dataset": card["name"], "language": card["language"]})


def load_results(stage: str) -> tuple[pd.DataFrame, np.ndarray, float, dict[str, Any]]:
    """Results of a classifier's stage: its rows, their probabilities (N, C), the temperature, the metrics."""
    folder = Path("data") / stage
    temperature = read_json(folder / "config.json")["temperature"]
    metrics = read_json(Path("reports") / stage / "metrics.json")
    return *load_probabilities(folder / "probabilities.parquet"), temperature, metrics


if __name__ == "__main__":
    run(__doc__, main)
