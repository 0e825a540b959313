"""The page `emotions`, and the figures that it shows."""

from pathlib import Path
from typing import Any

from stages.common.files import read_json
from stages.pages.page import Page

PAGE = Page(
    name="emotions",
    title="The emotions",
    about="On which artworks, styles and genres people agree and on which they are divided, with the pictures that "
    "they agree on most and least.",
    needs="The annotations and their pictures.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
FIGURES = Path("data/emotions_report/figures.json")


def load_figures() -> dict[str, Any]:
    """`all`, `by_style`, `by_genre`, and the chosen artworks `agreed` and `divisive`."""
    figures: dict[str, Any] = read_json(FIGURES)
    return figures
