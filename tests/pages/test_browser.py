"""A page in a real browser: text from the data is displayed, never executed."""

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from stages.pages.markup import note, table
from stages.pages.page import to_html
from tests.browser import BROWSER, dom

ATTACKS = (
    "<script>document.title = 'run'</script>",
    "<img src=x onerror=\"document.title = 'run'\">",
    "</td></table><svg onload=\"document.title = 'run'\">",
)


def page_of(html: str) -> str:
    output = nbformat.v4.new_output("display_data", data={"text/html": html})
    return to_html(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()", outputs=[output])]), "waits")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_an_utterance_with_a_script_is_shown_as_text(tmp_path: Path) -> None:
    fragments = table(pd.DataFrame({"said": ATTACKS}, index=ATTACKS), ATTACKS[0]) + note(ATTACKS[1])
    document = dom(page_of(fragments), tmp_path)
    assert "<title>waits</title>" in document
    assert not re.search("<script|<img|<svg", document)
    assert document.count("&lt;script&gt;document.title") == 4
    # Control: the same script, unescaped, does run in this browser.
    assert "<title>run</title>" in dom(page_of(ATTACKS[0]), tmp_path)
