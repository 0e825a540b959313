"""The notebook itself, executed twice on a miniature study: the one test here that starts kernels."""

import re
from pathlib import Path

import nbformat
import pytest

from stages.common.errors import UserError
from stages.common.pages.execution import execute, tidy
from stages.common.pages.export import to_html
from stages.common.pages.markup import WITHHELD
from stages.reports.__main__ import main
from stages.reports.pages import NOTEBOOKS, PAGES
from tests import in_process
from tests.reports import miniature

ROOT = Path(__file__).parents[2]

# Where a failed notebook is kept, seen from the working directory.
KEPT = Path(".scratch/reports")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setenv("DVC_STAGE", "reports@study")
    Path("params.yaml").write_text("reports:\n  gallery: 3\n  seed: 1\n  sharing: false\n", encoding="utf-8")
    return tmp_path


def test_the_study_is_executed_to_the_same_bytes_and_to_a_page_of_its_own(workspace: Path) -> None:
    miniature.write()
    page = PAGES["study"]
    written = []
    for _ in range(2):
        main()
        written.append((page.notebook.read_bytes(), page.html.read_bytes()))
    assert written[0] == written[1]
    assert not KEPT.exists()

    html = page.html.read_text(encoding="utf-8")
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert not re.search(r'<script|<link|(src|href)="(?!data:|index\.html|#)|url\((?!data:|#)|@import', html)
    assert html.count('<article class="card"') == 3
    assert "&lt;script&gt;alert(&#39;read me&#39;)&lt;/script&gt;" in html
    assert all(alt or "data:image/png" in tag for tag, alt in re.findall(r'(<img [^>]*alt="([^"]*)">)', html))
    assert "gallery = 3" in page.notebook.read_text(encoding="utf-8")
    assert str(workspace) not in html


@pytest.mark.parametrize(("sharing", "cards"), [(False, 2), (True, 0)])
def test_a_study_for_sharing_has_no_gallery(workspace: Path, sharing: bool, cards: int) -> None:
    miniature.write()
    source = NOTEBOOKS / "study.py"
    page = to_html(in_process.execute(source, {"gallery": 2, "seed": 1, "sharing": sharing}), "The study")
    assert page.count('<article class="card"') == cards
    assert (WITHHELD in page) is sharing
    assert ("&lt;script&gt;" in page) is not sharing


def test_a_notebook_that_fails_is_kept_and_named(workspace: Path) -> None:
    with pytest.raises(
        UserError, match=r"wrong.py: ZeroDivisionError: division by zero; .* is .scratch/reports/wrong.ipynb"
    ):
        execute(script(workspace, "# %%\nprint('before')\n\n# %%\n1 / 0\n"), {})
    kept = nbformat.read(KEPT / "wrong.ipynb", as_version=4)
    assert any(output.get("text") == "before\n" for cell in kept.cells for output in cell.get("outputs", []))
    assert sorted(path.name for path in KEPT.iterdir()) == ["wrong.ipynb"]


def script(folder: Path, text: str) -> Path:
    path = folder / "wrong.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_tidying_leaves_only_what_every_run_has() -> None:
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
    assert '<details class="code"><summary>Code</summary><pre><code>x &lt; 1</code></pre></details>' in page
    assert '<pre class="stream">&lt;b&gt;said&lt;/b&gt;</pre>' in page
    assert "<em>heading</em></h2>" in page
    assert "<title>A &lt;title&gt;</title>" in page
    assert "setup()" not in page
