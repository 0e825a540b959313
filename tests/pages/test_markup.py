"""Fragments of pages: format of values, and escaping of everything inserted."""

import pandas as pd
import pytest

from stages.pages.markup import Fragment, percent, side_by_side, table, text

ATTACK = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12345, "12,345"),
        (0.36541, "0.365"),
        (8.8752, "8.88"),
        (15.92, "15.9"),
        (1234.5, "1,234"),
        (None, "–"),  # noqa: RUF001
        (float("nan"), "–"),  # noqa: RUF001
        ("as it is", "as it is"),
    ],
)
def test_cells(value: object, shown: str) -> None:
    assert text(value) == shown


def test_percent() -> None:
    assert percent(0.3149) == "31.5 %"
    assert percent(None) == "–"  # noqa: RUF001


def test_a_table_escapes_heads_cells_and_caption() -> None:
    page = table(pd.DataFrame({ATTACK: [ATTACK]}, index=[ATTACK]), ATTACK)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 5  # the caption is also the label of the region


def test_fragments_are_not_escaped_twice() -> None:
    page = side_by_side(table(pd.DataFrame({"n": [1]}, index=["a & b"]), "numbers"))
    assert '<th scope="row">a &amp; b</th><td>1</td>' in page


def test_a_notebook_stores_a_fragment_once() -> None:
    class Printer:
        printed = ""

        def text(self, printed: str) -> None:
            self.printed += printed

    printer = Printer()
    fragment = Fragment("<p>long</p>")
    fragment._repr_pretty_(printer, False)
    assert fragment._repr_html_() == "<p>long</p>"
    assert printer.printed == "HTML"
