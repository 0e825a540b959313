"""Notebooks run in the process of the tests: a kernel takes seconds to start, and one test of the study starts some."""

import ast
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from stages.pages.page import tidy, without_tags


def execute(source: Path, parameters: Mapping[str, Any], without: Collection[str] = ()) -> NotebookNode:
    """As `stages.pages.page.execute`, for notebooks that show HTML and print nothing."""
    notebook = tidy(without_tags(jupytext.read(source), without))
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = _run(cell.source, names)
            names.update(parameters if "parameters" in cell.metadata.get("tags", []) else {})
            if hasattr(shown, "_repr_html_"):
                data = {"text/html": shown._repr_html_()}
                cell.outputs = [nbformat.v4.new_output("execute_result", data=data)]
    return notebook


def _run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell; returns the value of its last line, where that is an expression."""
    lines = ast.parse(source).body
    last = lines.pop() if lines and isinstance(lines[-1], ast.Expr) else None
    exec(compile(ast.Module(lines, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
