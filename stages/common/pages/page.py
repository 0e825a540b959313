"""A page of the study: where it lies, what a reader finds there, and how it is made from its notebook."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.common.pages import execution, export

FOLDER = Path("reports")


@dataclass(frozen=True)
class Page:
    name: str
    title: str
    # What a reader finds on it, in a sentence.
    about: str
    # What it is made of, and what it leaves out where that is not given.
    needs: str

    @property
    def notebook(self) -> Path:
        return FOLDER / f"{self.name}.ipynb"

    @property
    def html(self) -> Path:
        return FOLDER / f"{self.name}.html"


def make(page: Page, source: Path, parameters: Mapping[str, Any] | None = None) -> str:
    """Execute the page's notebook and write both its files; returns what was made, in words.

    Args:
        source: the notebook as a script in percent format, for people to review.
        parameters: they replace the values in the script's cell that is tagged `parameters`.
    """
    notebook = execution.execute(source, parameters or {})
    html = export.to_html(notebook, page.title)
    execution.save(notebook, page.notebook)
    export.save(html, page.html)
    return f"{page.html}, {len(html.encode()) / 1e6:.2f} MB, and its notebook of {len(notebook.cells)} cells"
