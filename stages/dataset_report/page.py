"""The page `dataset`, and the figures that it shows."""

from pathlib import Path
from typing import Any

from stages.common.files import read_json
from stages.pages.page import Page

PAGE = Page(
    name="dataset",
    title="The data set",
    about="How many people said how much of which artworks, which emotions they chose, how far they agree, and by "
    "which words emotions, styles and genres differ.",
    needs="The annotations; genres and the synonyms of “something else” where their files are given.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
FIGURES = Path("data/dataset_report/figures.json")


def load_figures() -> dict[str, Any]:
    """The figures of the page, nested as in `stages.dataset_report.figures`."""
    figures: dict[str, Any] = read_json(FIGURES)
    return figures
