"""A page of the study: its notebook, executed by papermill and exported as one HTML file."""

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from nbconvert import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from stages.common.errors import UserError
from stages.common.files import save_with
from stages.pages.markup import TEMPLATES

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(source: Path, parameters: Mapping[str, Any]) -> NotebookNode:
    """Run the percent-format script `source` as a notebook in the working directory.

    Args:
        parameters: they replace the values in the cell that is tagged `parameters`.

    Raises:
        UserError: when a cell fails; the notebook, up to its error, is kept in .scratch/reports.
    """
    # Its first import may build a font cache, and says so after a while: here, not in an output of the notebook.
    importlib.import_module("matplotlib.font_manager")
    with tempfile.TemporaryDirectory() as folder, _kernel_of_our_own():
        start, end = Path(folder) / "start.ipynb", Path(folder) / "end.ipynb"
        save_notebook(tidy(jupytext.read(source)), start)
        try:
            executed = papermill.execute_notebook(
                start,
                end,
                parameters=dict(parameters),
                kernel_name=METADATA["kernelspec"]["name"],
                cwd=str(Path.cwd()),
                progress_bar=sys.stderr.isatty(),
            )
        except PapermillExecutionError as error:
            kept = keep(end, f"{source.stem}.ipynb")
            raise UserError(
                f"{source.name}: {error.ename}: {error.evalue}; the notebook up to this error is {kept}"
            ) from None
    return tidy(executed)


def keep(notebook: Path, name: str) -> Path:
    """Move a failed notebook to where its reader finds it: the repository, even when DVC runs in a temporary copy."""
    kept = Path(os.environ.get("DVC_ROOT", ".")) / ".scratch/reports" / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(notebook, kept))


@contextmanager
def _kernel_of_our_own() -> Iterator[None]:
    """Let no setting, startup file or history of the user's own IPython into the kernel."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        # It would warn that its messages are not encrypted: they are signed, and never leave this machine.
        profile = Path(folder) / "profile_default"
        profile.mkdir()
        (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 'ERROR'\n", encoding="utf-8")
        # The debugger's note on frozen modules has no meaning here.
        os.environ.update(IPYTHONDIR=folder, JUPYTER_RUNTIME_DIR=folder, PYDEVD_DISABLE_FILE_VALIDATION="1")
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Drop what differs between two runs of the same notebook: times, durations, paths, random cell ids."""
    cells = [
        NotebookNode(  # type: ignore[no-untyped-call]
            cell, id=f"cell-{number}", metadata={k: v for k, v in cell.metadata.items() if k == "tags" and v}
        )
        for number, cell in enumerate(notebook.cells, start=1)
    ]
    return NotebookNode(notebook, cells=cells, metadata=METADATA)  # type: ignore[no-untyped-call]


def save_notebook(notebook: NotebookNode, path: Path) -> None:
    save_with(lambda beside: nbformat.write(notebook, beside), path)  # type: ignore[no-untyped-call]


def to_html(notebook: NotebookNode, title: str) -> str:
    """The page, by the template `index.html.j2`; `conf.json` tells nbconvert that its folder is one.

    nbconvert's own templates load scripts from the network, and its `HTMLExporter`
    parses and rewrites what a template made; this one leaves it as it is.
    """
    exporter = TemplateExporter(  # type: ignore[no-untyped-call]
        extra_template_basedirs=[str(TEMPLATES.parent)],
        template_name=TEMPLATES.name,
        file_extension=".html",
        filters={"markdown2html": _markdown},
    )
    page: str = exporter.from_notebook_node(notebook, resources={"page": {"title": title}})[0]
    return page


def _markdown(source: str) -> str:
    """Markdown cells are our own words: HTML in them stays. Headings get an id, but no link of their own."""
    html: str = MarkdownWithMath(IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)
    return html


def save_page(page: str, path: Path) -> None:
    save_with(lambda beside: beside.write_text(page, encoding="utf-8"), path)


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
    notebook = execute(source, parameters or {})
    html = to_html(notebook, page.title)
    save_notebook(notebook, page.notebook)
    save_page(html, page.html)
    return f"{page.html}, {len(html.encode()) / 1e6:.2f} MB, and its notebook of {len(notebook.cells)} cells"
