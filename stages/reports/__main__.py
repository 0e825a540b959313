"""Executes one notebook and makes its page: reports/<name>.ipynb and reports/<name>.html.

The notebooks are scripts in stages/reports/notebooks/, which read the tables and
numbers that other stages made, and draw. One that fails is kept, up to its error,
in .scratch/reports/.
"""

from stages.common.entry import run, variant
from stages.common.params import load
from stages.reports import execution, export
from stages.reports.pages import PAGES
from stages.reports.params import Params


def main() -> str:
    params = load(Params)
    page = PAGES[variant()]
    notebook = execution.execute(page.source, params.reports.model_dump())
    html = export.to_html(notebook, page.title)
    execution.save(notebook, page.notebook)
    export.save(html, page.html)
    return f"{page.html}, {len(html.encode()) / 1e6:.2f} MB, and its notebook of {len(notebook.cells)} cells"


if __name__ == "__main__":
    run(__doc__, main)
