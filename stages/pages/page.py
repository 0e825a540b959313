"""A page of the study: a notebook, executed by papermill and exported as one HTML file."""

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
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
from stages.common.files import write_with
from stages.pages.catalogue import Page
from stages.pages.markup import TEMPLATES

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def make(page: Page, parameters: Mapping[str, Any] | None = None, without: Collection[str] = ()) -> str:
    """Execute the notebook of a page, write the .ipynb and the .html, and return a summary for the closing line.

    Args:
        parameters: replace the values in the cell that is tagged `parameters`.
        without: tags of the cells that are left out: the data set has nothing to show in them.
    """
    return _save(page, execute(page.source, parameters or {}, without))


def _save(page: Page, notebook: NotebookNode) -> str:
    html = to_html(notebook, page.title)
    save_notebook(notebook, page.notebook)
    save_page(html, page.html)
    return f"{page.html} ({len(html.encode()) / 1e6:.2f} MB) and its notebook ({len(notebook.cells)} cells)"


def leave_out(page: Page, reason: str) -> str:
    """Write a page that has nothing to show but the reason, and its notebook, if it has one; returns a summary."""
    cells = [nbformat.v4.new_markdown_cell(reason)]  # type: ignore[no-untyped-call]
    notebook = tidy(nbformat.v4.new_notebook(cells=cells))  # type: ignore[no-untyped-call]
    if page.source.exists():
        save_notebook(notebook, page.notebook)
    save_page(to_html(notebook, page.title), page.html)
    return f"{page.html}: {reason}"


def execute(source: Path, parameters: Mapping[str, Any], without: Collection[str] = ()) -> NotebookNode:
    """Run the percent-format script `source` as a notebook in the working directory.

    Args:
        parameters: replace the values in the cell that is tagged `parameters`.
        without: tags of the cells that are left out.

    Raises:
        UserError: a cell fails; the notebook up to the error is kept in .scratch/reports.
    """
    # The first import may build a font cache and print a message: here, not in the output of a cell.
    importlib.import_module("matplotlib.font_manager")
    with tempfile.TemporaryDirectory() as folder, _isolated_kernel():
        start, end = Path(folder) / "start.ipynb", Path(folder) / "end.ipynb"
        save_notebook(tidy(without_tags(jupytext.read(source), without)), start)
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
            kept = _keep(end, f"{source.stem}.ipynb")
            raise UserError(
                f"{source.name}: {error.ename}: {error.evalue}; see the notebook up to this error: {kept}"
            ) from None
    return tidy(executed)


def without_tags(notebook: NotebookNode, tags: Collection[str]) -> NotebookNode:
    """The notebook without the cells that have one of the tags."""
    cells = [cell for cell in notebook.cells if not set(cell.metadata.get("tags", ())).intersection(tags)]
    return NotebookNode(notebook, cells=cells)  # type: ignore[no-untyped-call]


@contextmanager
def _isolated_kernel() -> Iterator[None]:
    """Keep the settings, startup files and history of the user's IPython out of the kernel."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        # Otherwise the kernel warns that its messages are not encrypted; they are signed and stay on this machine.
        profile = Path(folder) / "profile_default"
        profile.mkdir()
        (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 'ERROR'\n", encoding="utf-8")
        # The debugger's warning about frozen modules does not apply: no debugger is attached.
        os.environ.update(IPYTHONDIR=folder, JUPYTER_RUNTIME_DIR=folder, PYDEVD_DISABLE_FILE_VALIDATION="1")
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _keep(notebook: Path, name: str) -> Path:
    """Move a failed notebook to the repository, also when DVC runs in a temporary copy of it."""
    kept = Path(os.environ.get("DVC_ROOT", ".")) / ".scratch/reports" / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(notebook, kept))


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Drop what differs between two runs of the same notebook: times, durations, paths, random cell ids."""
    cells = [
        NotebookNode(  # type: ignore[no-untyped-call]
            cell, id=f"cell-{number}", metadata={k: v for k, v in cell.metadata.items() if k == "tags" and v}
        )
        for number, cell in enumerate(notebook.cells, start=1)
    ]
    return NotebookNode(notebook, cells=cells, metadata=METADATA)  # type: ignore[no-untyped-call]


def to_html(notebook: NotebookNode, title: str) -> str:
    """Export an executed notebook with template/index.html.j2.

    nbconvert's own templates load scripts from the network, and its `HTMLExporter` parses and rewrites
    the output of a template; `TemplateExporter` leaves it as it is. template/conf.json makes that folder
    a template for nbconvert.
    """
    exporter = TemplateExporter(  # type: ignore[no-untyped-call]
        extra_template_basedirs=[str(TEMPLATES.parent)],
        template_name=TEMPLATES.name,
        file_extension=".html",
        filters={"markdown2html": _markdown},
    )
    html: str = exporter.from_notebook_node(notebook, resources={"page": {"title": title}})[0]
    return html


def _markdown(source: str) -> str:
    """Markdown as HTML; headings get an id but no link. Cells hold text of this project, so their HTML is kept."""
    html: str = MarkdownWithMath(IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)
    return html


def save_notebook(notebook: NotebookNode, path: Path) -> None:
    write_with(lambda beside: nbformat.write(notebook, beside), path)  # type: ignore[no-untyped-call]


def save_page(html: str, path: Path) -> None:
    write_with(lambda beside: beside.write_text(html, encoding="utf-8"), path)
