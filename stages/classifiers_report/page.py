"""The page `classifiers` and its figures."""

from pathlib import Path
from typing import Any

from stages.common.files import read_json
from stages.pages.page import Page

PAGE = Page(
    name="classifiers",
    title="Emotion classifiers",
    about="How accurately emotions are predicted from utterances and from pictures: learning curves, confusion "
    "matrices, calibration, and the hardest test cases.",
    needs="Probabilities, metrics and learning curves of both classifiers.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
FIGURES = Path("data/classifiers_report/figures.json")


def load_figures() -> dict[str, Any]:
    """Test scores, calibration and errors of the classifiers, under `text` and `image`."""
    figures: dict[str, Any] = read_json(FIGURES)
    return figures
