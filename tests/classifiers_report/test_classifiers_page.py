"""The page `classifiers` of a synthetic study."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stages.classifiers_report.__main__ import main
from stages.pages import page
from stages.pages.catalogue import CLASSIFIERS
from stages.pages.markup import WITHHELD
from tests import in_process
from tests.browser import BROWSER, dom
from tests.classifiers_report import made_up
from tests.classifiers_report.tables import table


class Study(NamedTuple):
    """Files of a study's page in bytes: HTML, notebook, figures; and the figures as numbers."""

    html: str
    files: list[bytes]
    figures: dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inputs of the stage."""
    folder = tmp_path_factory.mktemp("classifiers")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made_up.write()
    return folder


def make(folder: Path, sharing: str) -> Study:
    """Run the stage."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(page, "execute", in_process.execute)
        Path("params.yaml").write_text(made_up.PARAMS.format(sharing), encoding="utf-8")
        main()
        files = [file.read_bytes() for file in (CLASSIFIERS.html, CLASSIFIERS.notebook, CLASSIFIERS.figures)]
        return Study(files[0].decode(), files, CLASSIFIERS.load_figures())


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return make(folder, "false")


def test_every_chart_has_an_alternative_text(study: Study) -> None:
    assert study.html.count('class="chart"') == study.html.count('role="img" aria-label="') == 2 + 2 + 2 + 6


def test_the_alternative_text_of_a_picture_is_artist_title_and_style(study: Study) -> None:
    alternatives = re.findall(r'<img [^>]*alt="([^"]*)"', study.html)
    assert len(alternatives) == 6
    assert all(re.fullmatch(r"An Artist, Picture number \d+, Pop \d", text) for text in alternatives)


def test_accuracies_of_utterances_stand_beside_published_ones(study: Study) -> None:
    text = study.figures["text"]
    scores = table(study.html, "Accuracy on 40 test utterances")
    published = ["published: LSTM", "published: BERT"]
    assert list(scores) == ["classifier", "its network", "TF-IDF", f"always {text['commonest']}", *published]
    assert scores.loc["all emotions", "classifier"] == f"{100 * text['scores']['classifier']['accuracy']:.1f} %"
    assert scores["published: LSTM"].tolist() == ["63.4 %", "85.7 %", "89.4 %"]
    assert scores["published: BERT"].tolist() == ["65.7 % (second-hand)", "87.6 %", "91.5 %"]


def test_accuracies_of_artworks_stand_beside_published_ones(study: Study) -> None:
    image = study.figures["image"]
    scores = table(study.html, "Accuracy on the artworks that have a label")
    assert scores["published: share"].tolist()[:2] == ["38.1 %", "45.5 %"]
    assert scores["published: accuracy"].tolist()[:2] == ["60.2 %", "57.6 %"]
    assert scores.loc["at least half", "artworks"] == f"{image['scores']['at_least_half']['artworks']:,}"
    assert scores.loc["at least half", "share"] == f"{100 * image['scores']['at_least_half']['share']:.1f} %"


def test_other_figures_are_on_the_page(study: Study) -> None:
    text = study.figures["text"]
    assert text["rows"] == sum(map(sum, text["confusion"])) == 40
    assert f"expected calibration error</th><td>{text['calibration']['before']['error']:.3f}" in study.html
    assert table(study.html, "Number of utterances").to_numpy().tolist() == [
        [str(count) for count in row] for row in text["confusion"]
    ]
    assert "val loss 3.500" in study.html


def test_the_baseline_predicts_the_most_frequent_training_emotion(study: Study) -> None:
    text = study.figures["text"]
    share = text["by_emotion"][text["commonest"]]["rows"] / text["rows"]
    assert text["scores"]["always"]["accuracy"] == pytest.approx(share)


def test_sharing_withholds_pictures_and_utterances(study: Study, folder: Path) -> None:
    shared = make(folder, "true")
    assert shared.html.count(f"<p>{WITHHELD}</p>") == 2
    for tag in ("<img", "<q "):
        assert tag in study.html
        assert tag not in shared.html + shared.files[1].decode()
    # With sharing off again, the bytes of the first run.
    assert make(folder, "false").files == study.files


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_a_browser_shows_scripts_in_utterances_as_text(study: Study, tmp_path: Path) -> None:
    shown = dom(study.html, tmp_path)
    assert f"<title>{CLASSIFIERS.title}</title>" in shown
    # Ten utterances, and the name of the data set.
    assert shown.count("&lt;script&gt;document.title") >= 11
