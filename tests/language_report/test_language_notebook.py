"""Tables and charts of the language page, with and without the optional files."""

from pathlib import Path
from typing import Any

import pytest

from stages.annotations.tables import save_genres
from stages.common.files import read_json, write_json
from stages.common.language import FOR_ENGLISH
from stages.language_report.__main__ import main
from stages.pages.catalogue import LANGUAGE
from stages.pages.page import to_html
from stages.wording.parts_of_speech import PARTS
from stages.wording.tables import save_unmeasured
from tests import in_process

COUNTS = dict.fromkeys(PARTS, 1.5)
UTTERANCES: dict[str, Any] = {
    "utterances": 12,
    "pictures": 3,
    "mean_tokens": 15.9,
    "concreteness": {"mean": 2.81, "median": 2.78, "shares": [0.5, 0.5]},
    "subjectivity": {"mean": 0.47, "median": 0.5, "shares": [0.25, 0.75]},
    "abstract": 0.315,
    "parts": COUNTS,
    "distinct": COUNTS,
    "distinct_per_utterance": COUNTS,
}
COMPLETE: dict[str, Any] = {
    "tagger": "NLTK",
    "missing": ["sentiment"],
    "sets": {"utterances": UTTERANCES, "COCO": UTTERANCES | {"mean_tokens": 10.5}},
    "by_genre": {"still_life": {"subjectivity": {"mean": 0.465, "median": 0.5}, "parts": COUNTS, "distinct": COUNTS}},
}
WITHOUT_RATINGS = {name: value for name, value in UTTERANCES.items() if name not in ("concreteness", "abstract")}
MINIMAL: dict[str, Any] = {
    "tagger": "TextBlob",
    "missing": ["concreteness", "sentiment"],
    "sets": {"utterances": WITHOUT_RATINGS},
    "by_genre": {},
}


def page(folder: Path, figures: dict[str, Any]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_json(figures, LANGUAGE.figures)
        return to_html(in_process.execute(LANGUAGE.source, {}), "Language")


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page(tmp_path_factory.mktemp("complete"), COMPLETE)


@pytest.fixture(scope="module")
def minimal(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page(tmp_path_factory.mktemp("minimal"), MINIMAL)


def test_caption_sets_are_columns_and_a_missing_value_is_a_dash(complete: str) -> None:
    assert '<th scope="col">utterances</th><th scope="col">COCO</th>' in complete
    assert '<th scope="row">tokens per caption</th><td>15.9</td><td>10.5</td>' in complete
    assert '<th scope="row">with an abstract word</th><td>31.5 %</td><td>31.5 %</td>' in complete
    assert '<th scope="row">sentiment, mean</th><td>–</td><td>–</td>' in complete  # noqa: RUF001
    assert '<th scope="row">neutral</th><td>–</td><td>–</td>' in complete  # noqa: RUF001


def test_a_distribution_is_drawn_for_all_sets_or_its_absence_explained(complete: str, minimal: str) -> None:
    for scale, peak in {"concreteness": 50, "subjectivity": 75}.items():
        alt = f"distribution of {scale}; percent in the fullest bin: utterances {peak}.00, COCO {peak}.00"
        assert f'aria-label="{alt}"' in complete
    assert "<p>Concreteness was not measured" not in complete
    assert "<p>Sentiment was not measured: the lexicon of VADER is not in data/raw/resources/nltk_data/" in complete
    assert "<p>Concreteness was not measured: data/raw/resources/concreteness.csv" in minimal
    assert "<p>Sentiment was not measured: " in minimal
    assert 'aria-label="distribution of subjectivity; percent in the fullest bin: utterances 75.00"' in minimal


def test_the_tagger_is_named(complete: str, minimal: str) -> None:
    assert "<p>Tagged by the averaged perceptron of NLTK" in complete
    assert "<p>Tagged by the pattern tagger of TextBlob" in minimal


def test_captions_of_other_datasets_are_there_or_not(complete: str, minimal: str) -> None:
    assert "<p>The other captions are preprocessed in the same way" in complete
    assert "<p>There are no captions of other datasets" in minimal


def test_parts_of_speech_of_all_sets_and_by_genre(complete: str, minimal: str) -> None:
    # The summary, three of the sets and three by genre.
    assert complete.count("<table>") == 1 + 3 + 3
    assert '<th scope="row">still life</th><td>0.465</td><td>0.500</td>' in complete
    assert '<th scope="row">still life</th><td>1.50</td>' in complete
    assert minimal.count("<table>") == 1 + 3
    assert "<p>No artwork has a genre" in minimal


def test_a_page_about_nothing_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_unmeasured()
    save_genres({})
    assert main() == f"reports/language.html: Left out: {FOR_ENGLISH}."
    shown = LANGUAGE.html.read_text(encoding="utf-8")
    assert f"<p>Left out: {FOR_ENGLISH}.</p>" in shown
    assert "<table>" not in shown
    assert LANGUAGE.load_figures() == {}
    (cell,) = read_json(LANGUAGE.notebook)["cells"]
    assert cell["source"] == [f"Left out: {FOR_ENGLISH}."]
