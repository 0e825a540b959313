"""HTML fragments of the pages, from the templates beside this file."""

from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("template")
# In a table's cell for which there is no value.
NOTHING = "\N{EN DASH}"
WITHHELD = "Pictures and utterances are left out, since dataset.yaml does not say that they may be passed on."


class Fragment(Markup):
    """A part of a page, which a notebook shows as HTML when it is the last value of a cell."""

    def _repr_html_(self) -> str:
        return str(self)

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        # What a notebook stores beside the HTML: the whole text once more would double its size.
        printer.text("HTML")


def environment(*folders: Path) -> Environment:
    """Templates of `folders`, then those of all pages; missing values are errors."""
    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, folder: Path = TEMPLATES, **values: Any) -> Fragment:
    """Fill in a template of `folder`, or of all pages."""
    return Fragment(environment(folder).get_template(template).render(**values))


def table(frame: pd.DataFrame, caption: str) -> Fragment:
    """A table whose index holds the heads of the rows; cells are shown by `text`."""
    rows = [
        (text(head), [text(cell) for cell in row])
        for head, row in zip(frame.index, frame.to_numpy(object), strict=True)
    ]
    return render("table.html.j2", caption=caption, columns=[text(name) for name in frame.columns], rows=rows)


def text(value: Any) -> str:
    """A cell in words: whole numbers in full, others to about three digits, a missing value as a dash."""
    if isinstance(value, str):
        return value
    if value is None or pd.isna(value):
        return NOTHING
    if isinstance(value, Integral):
        return f"{value:,}"
    places = next((3 - digits for digits in range(3) if abs(value) < 10**digits), 0)
    return f"{value:,.{places}f}"


def percent(share: float) -> str:
    """A share (0 to 1) in percent, with one digit behind the point."""
    return f"{100 * share:.1f} %"


def note(sentence: str) -> Fragment:
    """A paragraph of plain text."""
    return Fragment(Markup("<p>{}</p>").format(sentence))


def definitions(told: Mapping[str, str]) -> Fragment:
    """Terms and what is told of each, for text that is too long for a table."""
    return render("definitions.html.j2", rows=list(told.items()))


def side_by_side(*parts: Fragment) -> Fragment:
    """Fragments in one row where the window is wide enough, below one another where it is not."""
    return render("side_by_side.html.j2", parts=parts)


SAID = ("name", "citation", "licence", "terms", "consent")
SILENT = "dataset.yaml does not say"


def card(dataset: Mapping[str, Any]) -> Fragment:
    """The card as HTML, from the content of data/annotations/dataset.json; what was not said is told so."""
    may = "yes" if dataset["redistribute"] else "no: pages made for sharing leave out its pictures and utterances"
    return definitions({**{name: dataset[name] or SILENT for name in SAID}, "may be passed on": may})
