"""The page `language`, and the figures that it shows."""

from pathlib import Path
from typing import Any

from stages.common.files import read_json
from stages.pages.page import Page

PAGE = Page(
    name="language",
    title="The language",
    about="How concrete, emotional and subjective people's words are, and which parts of speech they use, beside "
    "captions of other data sets and by genre.",
    needs="The annotations; concreteness, sentiment and other captions where their tables are in data/raw/resources/.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
FIGURES = Path("data/language_report/figures.json")


def load_figures() -> dict[str, Any]:
    """`tagger`, `missing` and `sets` as in data/wording/sets.json, and `by_genre`."""
    figures: dict[str, Any] = read_json(FIGURES)
    return figures
