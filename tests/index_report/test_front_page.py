"""The front page of a miniature study, and the table of its splits."""

from pathlib import Path

import pandas as pd
import pytest

from stages.common.files import read_json, write_json
from stages.index_report.__main__ import INDEX, main
from stages.index_report.overview import TRAINED, sizes
from stages.pages.catalogue import PAGES
from tests.index_report.built import PARAMS

CARD = Path("data/annotations/dataset.json")
UTTERANCES = pd.DataFrame(
    {
        "art_style": ["A", "A", "A", "B"],
        "painting": ["x", "x", "y", "x"],
        "split": ["train", "train", "train", "test"],
        "tokens_len": [1, 3, 3, 5],
    }
)


@pytest.fixture(scope="module")
def page(study: Path) -> str:
    return (study / INDEX).read_text(encoding="utf-8")


def test_sizes_by_split() -> None:
    table = sizes(UTTERANCES)
    assert table.index.tolist() == ["train", "test", "all"]
    assert table["artworks"].tolist() == [2, 1, 3]
    assert table["utterances"].tolist() == [3, 1, 4]
    assert table["per artwork"].tolist() == [1.5, 1.0, pytest.approx(4 / 3)]
    assert table["mean tokens"].tolist() == [pytest.approx(7 / 3), 5.0, 3.0]


def test_every_report_is_linked_with_its_description(page: str) -> None:
    names = ["speakers", "classifiers", "dataset", "emotions", "language", "reference"]
    assert [report.name for report in PAGES] == names
    for report in PAGES:
        assert report.html.parent == INDEX.parent
        assert f'<a href="{report.html.name}">{report.title}</a>' in page
        assert report.needs.replace("'", "&#39;") in page
    for stage in TRAINED:
        assert f'<a href="model_cards/{stage}.md">' in page


@pytest.mark.parametrize(
    ("redistribute", "sharing", "sentence"),
    [
        (True, False, "The dataset, and these pages with it, may be redistributed."),
        (False, True, "These pages are made for sharing"),
        (False, False, "<code>sharing: true</code> before you pass them on"),
    ],
)
def test_the_page_states_whether_it_may_be_shared(copy: Path, redistribute: bool, sharing: bool, sentence: str) -> None:
    write_json({**read_json(CARD), "licence": "CC0", "redistribute": redistribute}, CARD)
    Path("params.yaml").write_text(PARAMS.format(str(sharing).lower()), encoding="utf-8")
    main()
    shown = INDEX.read_text(encoding="utf-8")
    assert "Dataset: a miniature, CC0." in shown
    assert sentence in shown


def test_metrics_sizes_and_parameters_are_shown(page: str) -> None:
    assert "40 annotations of 8 artworks; a vocabulary of 23 words." in page
    assert '<tr><th scope="row">test</th><td>4</td><td>20</td>' in page
    assert '<th scope="row">BLEU-4, shuffled</th>' in page
    for name, value in {"test accuracy": "0.500", "test more than half accuracy": "0.500", "test nll": "1.50"}.items():
        assert page.count(f'<th scope="row">{name}</th><td>{value}</td>') == 1
    assert '<th scope="row">alpha, all emotions</th>' in page
    assert "<dd>a miniature</dd>" in page
    assert "not permitted: pages for sharing leave out its pictures and utterances" in page
    assert "# &lt;b&gt;comments&lt;/b&gt; are shown too\nseed: 1" in page


def test_the_same_inputs_give_the_same_bytes(copy: Path, page: str) -> None:
    main()
    assert INDEX.read_text(encoding="utf-8") == page
