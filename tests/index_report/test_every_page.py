"""Every page of a miniature study, as a reader meets it: self-contained, readable by all, fit for a phone.

What only a browser can tell is asked of headless Chromium, all pages at once.
"""

import html
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stages.classifiers_report.__main__ import main as classifiers
from stages.dataset_report.__main__ import main as dataset
from stages.emotions_report.__main__ import main as emotions
from stages.index_report.__main__ import main as reports
from stages.index_report.overview import REPORTS
from stages.language_report.__main__ import main as language
from stages.pages import page
from stages.reference_report.__main__ import main as reference
from stages.speakers_report.__main__ import main as speakers
from stages.wording.__main__ import main as wording
from tests import in_process
from tests.classifiers_report import made_up
from tests.index_report import miniature
from tests.pages.browser import BROWSER, dom

PARAMS = """
utterances:
  rules: clean
speakers:
  gallery: 3
  seed: 1
reports:
  sharing: false
"""
PAGES = ["index", *(report.name for report in REPORTS)]
SIZE = 5_000_000  # bytes
WIDTH = 360  # of a phone, in CSS pixels

# Within a page: what a browser makes of it at this width, everything unfolded.
PROBE = """<script>addEventListener("load", () => {
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  const all = [...document.querySelectorAll("body *")];
  const scrolls = (one) => one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX);
  const told = (one) => one.outerHTML.slice(0, 80);
  parent.postMessage({
    page: location.pathname.split("/").pop(),
    beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scrolling: all.filter(scrolls).length,
    unreachable: all.filter((one) => scrolls(one) && one.tabIndex < 0).map(told),
    broken: [...document.images].filter((one) => !one.naturalWidth).map(told),
    small: all.filter((one) => one.innerText && parseFloat(getComputedStyle(one).fontSize) < 11).map(told),
  }, "*");
})</script>"""
# The probe must tell of each fault; `<pre>` scrolls inside itself.
FAULTS = """<!DOCTYPE html><html lang="en"><body style="margin: 0">
<pre style="overflow-x: auto; width: 300px">{}</pre><div style="width: 400px">wide</div>
<p style="font-size: 8px">tiny</p>
<img src="absent.jpg" alt="absent"></body></html>""".format("word " * 100)
GATHER = """<!DOCTYPE html><title>pages</title><pre id="told">[]</pre><script>
addEventListener("message", ({data}) => {
  const told = document.getElementById("told");
  told.textContent = JSON.stringify([...JSON.parse(told.textContent), data]);
})</script>"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages of a miniature study; only to be read."""
    folder = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(page.execution, "execute", in_process.execute)
        miniature.write()
        Path("params.yaml").write_text(PARAMS, encoding="utf-8")
        for main in (wording, dataset, language, emotions, reference, speakers, reports):
            main()
        # The classifiers have a made-up study of their own.
        (folder / "classified").mkdir()
        patch.chdir(folder / "classified")
        made_up.write()
        classifiers()
        shutil.copy("reports/classifiers.html", folder / "reports")
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_nothing_from_elsewhere_and_can_be_read_by_all(study: Path, name: str) -> None:
    shown = (study / f"reports/{name}.html").read_text(encoding="utf-8")
    assert len(shown.encode()) < SIZE
    assert shown.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in shown
    links = "|".join([*(f"{one}.html" for one in PAGES), r"model_cards/\w+\.md", "data:", "#"])
    assert not re.search(rf'<script|<link|(src|href)="(?!{links})|url\((?!data:|#)|@import', shown)
    # Only the veils of attention have no text of their own: the picture below them has.
    assert all(re.search('alt="[^"]|src="data:image/png', image) for image in re.findall(r"<img [^>]*>", shown))
    assert str(study) not in shown
    names = re.findall(r'<h\d id="([^"]+)"', shown)
    assert len(names) == len(set(names))
    # Headings go down by one step at a time.
    levels = [int(level) for level in re.findall(r"<h([1-6])", shown)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


@pytest.fixture(scope="module")
def seen(study: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the browser tells of each page, in frames as narrow as a phone."""
    folder = tmp_path_factory.mktemp("seen")
    for name in PAGES:
        shown = (study / f"reports/{name}.html").read_text(encoding="utf-8")
        (folder / f"{name}.html").write_text(shown + PROBE, encoding="utf-8")
    (folder / "faults.html").write_text(FAULTS + PROBE, encoding="utf-8")
    names = [*PAGES, "faults"]
    frames = "".join(f'<iframe src="{name}.html" width="{WIDTH}" height="800"></iframe>' for name in names)
    told = re.search('<pre id="told">(.*?)</pre>', dom(GATHER + frames, folder), re.DOTALL)
    assert told
    return {one["page"]: one for one in json.loads(html.unescape(told[1]))}


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_and_a_keyboard(seen: dict[str, dict[str, Any]], name: str) -> None:
    told = seen[f"{name}.html"]
    assert told["beyond"] == 0
    # Whatever scrolls sideways can be reached, and there is some.
    assert told["scrolling"] > 0
    assert told["unreachable"] == []
    assert told["broken"] == []
    assert told["small"] == []


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_the_browser_would_tell_of_faults(seen: dict[str, dict[str, Any]]) -> None:
    told = seen["faults.html"]
    assert told["beyond"] > 0
    assert [len(told[name]) for name in ("unreachable", "broken", "small")] == [1, 1, 1]
