"""The notebook itself, executed twice on a miniature study."""

import re
from pathlib import Path

import pandas as pd
import pytest

from stages.captions import attention
from stages.common.captions_table import load_captions, save_captions
from stages.common.emotions import EMOTIONS
from stages.metrics.tables import SPEAKING, captions_source
from stages.pages.markup import WITHHELD
from stages.pages.page import to_html
from stages.speakers_report.__main__ import main
from stages.speakers_report.page import NOTEBOOK, PAGE
from tests import in_process
from tests.index_report import miniature

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    params = "speakers:\n  gallery: 3\n  seed: 1\nreports:\n  sharing: false\n"
    Path("params.yaml").write_text(params, encoding="utf-8")
    miniature.write()
    return tmp_path


def test_the_page_is_made_to_the_same_bytes_and_holds_no_path(workspace: Path) -> None:
    written = []
    for _ in range(2):
        main()
        written.append((PAGE.notebook.read_bytes(), PAGE.html.read_bytes()))
    assert written[0] == written[1]

    html = PAGE.html.read_text(encoding="utf-8")
    assert html.count('<ol class="attention"') == 3
    assert "This speaker was told one emotion for each picture." in html
    assert "&lt;script&gt;alert(&#39;read me&#39;)&lt;/script&gt;" in html
    assert "gallery = 3" in PAGE.notebook.read_text(encoding="utf-8")
    assert str(workspace) not in html


def html(shown: bool) -> str:
    return to_html(in_process.execute(NOTEBOOK, {"gallery": 2, "seed": 1, "pictures_shown": shown}), PAGE.title)


def test_pictures_and_words_are_shown_or_withheld(workspace: Path) -> None:
    everything, withheld = html(True), html(False)
    assert WITHHELD not in everything
    assert "&lt;script&gt;" in everything
    assert "Said before in training" in everything
    # The gallery, the best, the worst, and what is said most often.
    assert withheld.count(f"<p>{WITHHELD}</p>") == 4
    texts = {text for system in SPEAKING for text in load_captions(captions_source(system))["caption"]}
    assert all(text in everything for text in load_captions(captions_source("captions"))["caption"])
    assert not [text for text in texts if text in withheld]
    assert not re.search("<img|&lt;script|Said before", withheld)


def test_captions_from_all_emotions_stand_side_by_side(workspace: Path) -> None:
    path = captions_source("captions")
    captions = load_captions(path)
    nine = [captions.assign(grounding_emotion=emotion, rank=rank) for rank, emotion in enumerate(EMOTIONS)]
    save_captions(pd.concat(nine), path)
    # Attention, too, belongs to rows of the table.
    attention.save([one for one in attention.load() for _ in EMOTIONS])
    page = html(True)
    assert "words shared: same artwork, another emotion</th><td>100.0 %" in page
    assert page.count("<dt>disgust</dt>") == 2
    assert html(False).count(f"<p>{WITHHELD}</p>") == 5
