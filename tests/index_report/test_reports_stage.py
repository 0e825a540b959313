"""The front page, made from a miniature study."""

from pathlib import Path

import pytest

from stages.common.files import read_json, write_json
from stages.dataset_report.__main__ import describe
from stages.index_report.__main__ import INDEX, main
from stages.index_report.overview import REPORTS, TRAINED
from tests.index_report import miniature

PARAMS = "# <b>comments</b> are shown too\ndataset: demo\nreports:\n  sharing: false\n"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    miniature.write()
    describe()
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    main()
    return INDEX.read_text(encoding="utf-8")


def test_every_report_is_linked_from_beside_it(page: str) -> None:
    names = ["speakers", "classifiers", "dataset", "emotions", "language", "reference"]
    assert [report.name for report in REPORTS] == names
    for report in REPORTS:
        assert report.html.parent == INDEX.parent
        assert f'<a href="{report.html.name}">{report.title}</a>' in page
        assert f"Made of: {report.needs}".replace("'", "&#39;") in page
    for stage in TRAINED:
        assert f'<a href="model_cards/{stage}.md">' in page


@pytest.mark.parametrize(
    ("redistribute", "sharing", "told"),
    [
        (True, False, "It may be passed on, and these pages with it."),
        (False, True, "These pages are made for sharing"),
        (False, False, "These pages hold its pictures"),
    ],
)
def test_it_is_told_whether_pages_may_be_handed_on(page: str, redistribute: bool, sharing: bool, told: str) -> None:
    card = Path("data/annotations/dataset.json")
    write_json({**read_json(card), "licence": "CC0", "redistribute": redistribute}, card)
    Path("params.yaml").write_text(f"reports:\n  sharing: {str(sharing).lower()}\n", encoding="utf-8")
    main()
    shown = INDEX.read_text(encoding="utf-8")
    assert "Data set: a miniature, CC0." in shown
    assert told in shown


def test_numbers_sizes_and_params_are_shown(page: str) -> None:
    assert "40 annotations of 8 artworks; the networks know 23 words." in page
    assert '<tr><th scope="row">test</th><td>4</td><td>20</td>' in page
    assert '<th scope="row">BLEU-4, shuffled</th>' in page
    for name, value in {"test accuracy": "0.500", "test more than half accuracy": "0.500", "test nll": "1.50"}.items():
        assert page.count(f'<th scope="row">{name}</th><td>{value}</td>') == 1
    assert '<th scope="row">alpha, nine emotions</th>' in page
    assert "<dd>a miniature</dd>" in page
    assert "no: pages made for sharing leave out its pictures and utterances" in page
    assert "# &lt;b&gt;comments&lt;/b&gt; are shown too\ndataset: demo" in page


def test_the_same_inputs_give_the_same_bytes(page: str) -> None:
    main()
    assert INDEX.read_text(encoding="utf-8") == page
