"""Executes one notebook and makes its page: reports/<name>.ipynb and reports/<name>.html.

The notebooks are scripts in stages/reports/notebooks/, which read the tables and
numbers that other stages made, and draw. One that fails is kept, up to its error,
in .scratch/reports/.
"""

from stages.common.entry import run, variant
from stages.common.pages.page import make
from stages.common.params import load
from stages.reports.pages import NOTEBOOKS, PAGES
from stages.reports.params import Params


def main() -> str:
    params = load(Params)
    page = PAGES[variant()]
    return make(page, NOTEBOOKS / f"{page.name}.py", params.reports.model_dump())


if __name__ == "__main__":
    run(__doc__, main)
