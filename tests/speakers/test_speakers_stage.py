"""The notebook itself, executed twice on a miniature study."""

import re
from pathlib import Path

import pytest

from stages.common.pages.export import to_html
from stages.common.pages.markup import WITHHELD
from stages.speakers.__main__ import main
from stages.speakers.page import NOTEBOOK, PAGE
from tests import in_process
from tests.reports import miniature

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    params = "speakers:\n  gallery: 3\n  seed: 1\nreports:\n  sharing: false\n"
    Path("params.yaml").write_text(params, encoding="utf-8")
    miniature.write()
    return tmp_path


def test_the_page_is_made_to_the_same_bytes_and_needs_nothing_from_elsewhere(workspace: Path) -> None:
    written = []
    for _ in range(2):
        main()
        written.append((PAGE.notebook.read_bytes(), PAGE.html.read_bytes()))
    assert written[0] == written[1]

    html = PAGE.html.read_text(encoding="utf-8")
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert not re.search(r'<script|<link|(src|href)="(?!data:|index\.html|#)|url\((?!data:|#)|@import', html)
    assert html.count('<article class="card"') == 3
    assert "&lt;script&gt;alert(&#39;read me&#39;)&lt;/script&gt;" in html
    assert all(alt or "data:image/png" in tag for tag, alt in re.findall(r'(<img [^>]*alt="([^"]*)">)', html))
    assert "gallery = 3" in PAGE.notebook.read_text(encoding="utf-8")
    assert str(workspace) not in html


@pytest.mark.parametrize(("shown", "cards"), [(True, 2), (False, 0)])
def test_pictures_and_words_are_shown_or_withheld(workspace: Path, shown: bool, cards: int) -> None:
    page = to_html(in_process.execute(NOTEBOOK, {"gallery": 2, "seed": 1, "pictures_shown": shown}), "The speakers")
    assert page.count('<article class="card"') == cards
    assert (WITHHELD in page) is not shown
    assert ("&lt;script&gt;" in page) is shown
