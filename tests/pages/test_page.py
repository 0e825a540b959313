"""Notebooks: a failed one is kept; an executed one is tidied and exported."""

from pathlib import Path

import nbformat
import pytest

from stages.common.errors import UserError
from stages.pages.page import execute, tidy, to_html

KEPT = Path(".scratch/reports")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return tmp_path


def test_a_failed_notebook_is_kept_and_named(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"wrong.py: ZeroDivisionError: division by zero.*scratch/reports/wrong.ipynb"):
        execute(script(workspace, "# %%\nprint('before')\n\n# %%\n1 / 0\n"), {})
    kept = nbformat.read(KEPT / "wrong.ipynb", as_version=4)
    assert any(output.get("text") == "before\n" for cell in kept.cells for output in cell.get("outputs", []))
    assert sorted(path.name for path in KEPT.iterdir()) == ["wrong.ipynb"]


def script(folder: Path, text: str) -> Path:
    path = folder / "wrong.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_tidying_leaves_only_what_is_the_same_in_every_run() -> None:
    cell = nbformat.v4.new_code_cell(
        "1", metadata={"papermill": {"duration": 0.1}, "tags": ["parameters"], "execution": {}}
    )
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"papermill": {"start_time": "now"}})
    tidied = tidy(notebook)
    assert tidied.cells[0].metadata == {"tags": ["parameters"]}
    assert tidied.cells[0].id == "cell-1"
    assert "papermill" not in tidied.metadata
    nbformat.validate(tidied)


def test_code_is_folded_and_plain_output_escaped() -> None:
    stream = nbformat.v4.new_output("stream", text="<b>said</b>")
    shown = nbformat.v4.new_code_cell("x < 1", outputs=[stream])
    silent = nbformat.v4.new_code_cell("setup()")
    notes = nbformat.v4.new_markdown_cell("## A *heading*")
    page = to_html(nbformat.v4.new_notebook(cells=[notes, silent, shown]), "A <title>")
    assert '<pre tabindex="0" role="region" aria-label="Code"><code>x &lt; 1</code></pre></details>' in page
    assert 'aria-label="Output">&lt;b&gt;said&lt;/b&gt;</pre>' in page
    assert "<em>heading</em></h2>" in page
    assert "<title>A &lt;title&gt;</title>" in page
    assert "setup()" not in page
