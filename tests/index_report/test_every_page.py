"""Every page of a miniature study as its readers see it: self-contained, accessible, fit for a phone.

One run of headless Chromium measures all pages.
"""

import html
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stages.pages import catalogue
from tests.browser import BROWSER, dom

PAGES = ["index", *(report.name for report in catalogue.PAGES)]
SIZE = 5_000_000  # bytes
WIDTH = 360  # of a phone, in CSS pixels

# Appended to a page: measures it in the browser, with everything unfolded.
PROBE = """<script>addEventListener("load", () => {
  document.querySelectorAll("details").forEach((element) => (element.open = true));
  const all = [...document.querySelectorAll("body *")];
  const scrolls = (element) =>
    element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX);
  const start = (element) => element.outerHTML.slice(0, 80);
  parent.postMessage({
    page: location.pathname.split("/").pop(),
    beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scrolling: all.filter(scrolls).length,
    unreachable: all.filter((element) => scrolls(element) && element.tabIndex < 0).map(start),
    broken: [...document.images].filter((image) => !image.naturalWidth).map(start),
    small: all
      .filter((element) => element.innerText && parseFloat(getComputedStyle(element).fontSize) < 11)
      .map(start),
  }, "*");
})</script>"""
# A page with one fault of each kind; its `<pre>` scrolls sideways.
FAULTS = """<!DOCTYPE html><html lang="en"><body style="margin: 0">
<pre style="overflow-x: auto; width: 300px">{}</pre><div style="width: 400px">wide</div>
<p style="font-size: 8px">tiny</p>
<img src="absent.jpg" alt="absent"></body></html>""".format("word " * 100)
GATHER = """<!DOCTYPE html><title>pages</title><pre id="measured">[]</pre><script>
addEventListener("message", ({data}) => {
  const measured = document.getElementById("measured");
  measured.textContent = JSON.stringify([...JSON.parse(measured.textContent), data]);
})</script>"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_self_contained_and_accessible(study: Path, name: str) -> None:
    shown = (study / f"reports/{name}.html").read_text(encoding="utf-8")
    assert len(shown.encode()) < SIZE
    assert shown.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in shown
    links = "|".join([*(f"{page}.html" for page in PAGES), r"model_cards/\w+\.md", "data:", "#"])
    assert not re.search(rf'<script|<link|(src|href)="(?!{links})|url\((?!data:|#)|@import', shown)
    # Only attention overlays have no alternative text: the picture below them has one.
    assert all(re.search('alt="[^"]|src="data:image/png', image) for image in re.findall(r"<img [^>]*>", shown))
    assert str(study) not in shown
    names = re.findall(r'<h\d id="([^"]+)"', shown)
    assert len(names) == len(set(names))
    # Headings go down by one step at a time.
    levels = [int(level) for level in re.findall(r"<h([1-6])", shown)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


@pytest.fixture(scope="module")
def measured(study: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The measurements of each page, in frames as wide as a phone."""
    folder = tmp_path_factory.mktemp("measured")
    for name in PAGES:
        shown = (study / f"reports/{name}.html").read_text(encoding="utf-8")
        (folder / f"{name}.html").write_text(shown + PROBE, encoding="utf-8")
    (folder / "faults.html").write_text(FAULTS + PROBE, encoding="utf-8")
    names = [*PAGES, "faults"]
    frames = "".join(f'<iframe src="{name}.html" width="{WIDTH}" height="800"></iframe>' for name in names)
    gathered = re.search('<pre id="measured">(.*?)</pre>', dom(GATHER + frames, folder), re.DOTALL)
    assert gathered
    return {page["page"]: page for page in json.loads(html.unescape(gathered[1]))}


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_and_a_keyboard(measured: dict[str, dict[str, Any]], name: str) -> None:
    page = measured[f"{name}.html"]
    assert page["beyond"] == 0
    # Something scrolls sideways, and all of it can be focused.
    assert page["scrolling"] > 0
    assert page["unreachable"] == []
    assert page["broken"] == []
    assert page["small"] == []


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_the_browser_finds_each_kind_of_fault(measured: dict[str, dict[str, Any]]) -> None:
    page = measured["faults.html"]
    assert page["beyond"] > 0
    assert [len(page[name]) for name in ("unreachable", "broken", "small")] == [1, 1, 1]
