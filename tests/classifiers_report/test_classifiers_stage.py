"""The page about the classifiers, of a made-up study."""

import re
from pathlib import Path

import pytest

from stages.classifiers_report import drawing
from stages.classifiers_report.__main__ import main
from stages.classifiers_report.page import FIGURES, PAGE, load_figures
from stages.pages import page
from stages.pages.markup import WITHHELD
from tests import in_process
from tests.classifiers_report import made_up
from tests.pages.test_browser import BROWSER, dom

PUBLISHED = ["published: LSTM", "published: BERT"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with its page; shared, so only to be read."""
    folder = tmp_path_factory.mktemp("classifiers")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(page.execution, "execute", in_process.execute)
        made_up.write()
        main()
    return folder


def html(study: Path) -> str:
    return (study / PAGE.html).read_text(encoding="utf-8")


def test_every_chart_is_told_in_words(study: Path) -> None:
    shown = html(study)
    assert shown.count('class="chart"') == shown.count('role="img" aria-label="') == 2 + 2 + 2 + 6


def test_pictures_are_described_by_who_painted_what(study: Path) -> None:
    alternatives = re.findall(r'<img [^>]*alt="([^"]*)"', html(study))
    assert len(alternatives) == 6
    assert all(re.fullmatch(r"An Artist, Picture number \d+, Pop \d", one) for one in alternatives)


def test_every_figure_has_its_place(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    found, shown = load_figures(), html(study)
    scores = drawing.text_scores(found["text"])
    assert list(scores) == ["network", "TF-IDF", f"always {found['text']['commonest']}", *PUBLISHED]
    assert scores["published: LSTM"].tolist() == ["63.4 %", "85.7 %", "89.4 %"]
    assert scores["published: BERT"].tolist() == ["65.7 % (second-hand)", "87.6 %", "91.5 %"]
    of_artworks = drawing.image_scores(found["image"])
    assert of_artworks["published: artworks"].tolist()[:2] == ["38.1 %", "45.5 %"]
    assert of_artworks["published: right"].tolist()[:2] == ["60.2 %", "57.6 %"]
    assert found["text"]["rows"] == sum(map(sum, found["text"]["confusion"])) == 40
    assert f"expected calibration error</th><td>{found['text']['calibration']['before']['error']:.3f}" in shown
    assert "val loss 3.500" in shown


def test_the_baseline_says_what_training_says_most(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    text = load_figures()["text"]
    share = text["by_emotion"][text["commonest"]]["rows"] / text["rows"]
    assert text["scores"]["always"]["accuracy"] == pytest.approx(share)


def test_pages_for_sharing_withhold_pictures_and_words(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    monkeypatch.setattr(page.execution, "execute", in_process.execute)
    files = (PAGE.html, PAGE.notebook, FIGURES)
    before = [file.read_bytes() for file in files]
    Path("params.yaml").write_text(made_up.PARAMS.format("true"), encoding="utf-8")
    main()
    shown = html(study)
    assert shown.count(f"<p>{WITHHELD}</p>") == 2
    for one in ("<img", "<q>"):
        assert one in before[0].decode()
        assert one not in shown + PAGE.notebook.read_text(encoding="utf-8")
    # And with sharing off again the same bytes as before.
    Path("params.yaml").write_text(made_up.PARAMS.format("false"), encoding="utf-8")
    main()
    assert [file.read_bytes() for file in files] == before


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_in_a_browser_utterances_are_read_not_run(study: Path, tmp_path: Path) -> None:
    found = dom(html(study), tmp_path)
    assert f"<title>{PAGE.title}</title>" in found
    # Ten utterances, and the name of the data set.
    assert found.count("&lt;script&gt;document.title") >= 11
