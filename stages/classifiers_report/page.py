"""The page `classifiers`, and the figures that it shows."""

from pathlib import Path
from typing import Any

from stages.common.files import read_json
from stages.pages.page import Page

PAGE = Page(
    name="classifiers",
    title="The classifiers",
    about="How well emotions are told from words and from pictures: how the networks learned, what they mistake for "
    "what, whether their probabilities can be trusted, and where they fail most.",
    needs="Both classifiers' probabilities of every utterance and artwork, and their learning curves.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
FIGURES = Path("data/classifiers_report/figures.json")


def load_figures() -> dict[str, Any]:
    """Of each classifier, `text` and `image`, what it scores, and where it fails."""
    figures: dict[str, Any] = read_json(FIGURES)
    return figures
