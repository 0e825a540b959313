"""Runs a notebook with papermill so that two runs give the same bytes."""

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from stages.common.errors import UserError
from stages.common.tables import save_with

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
        save(tidy(jupytext.read(source)), start)
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


def save(notebook: NotebookNode, path: Path) -> None:
    save_with(lambda beside: nbformat.write(notebook, beside), path)  # type: ignore[no-untyped-call]
