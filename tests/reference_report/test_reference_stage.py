"""The pages about the data set, all on one miniature study, up to the page that holds them against ArtEmis'."""

import re
from pathlib import Path

import pytest

from stages.common.files import read_json, write_json
from stages.dataset_report.__main__ import main as dataset
from stages.emotions_report.__main__ import main as emotions
from stages.language_report.__main__ import main as language
from stages.pages import page
from stages.pages.markup import WITHHELD
from stages.pages.published import find, load_published
from stages.reference_report.__main__ import main as reference
from stages.reference_report.comparison import ARTWORKS, RECORDS
from stages.wording.__main__ import main as wording
from tests import in_process
from tests.index_report import miniature

PARAMS = "utterances:\n  rules: clean\nreports:\n  sharing: {}\n"
ESCAPED = "&lt;script&gt;alert(&#39;read me&#39;)&lt;/script&gt;"
PAGES = ("dataset", "language", "emotions")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages about the data set of a miniature study; shared, so only to be read."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(page.execution, "execute", in_process.execute)
        miniature.write()
        Path("params.yaml").write_text(PARAMS.format("false"), encoding="utf-8")
        for main in (wording, dataset, language, emotions, reference):
            main()
    return folder


def html(study: Path, name: str) -> str:
    return (study / "reports" / f"{name}.html").read_text(encoding="utf-8")


def test_the_data_set_is_described(study: Path) -> None:
    shown = html(study, "dataset")
    assert '<tr><th scope="row">annotations</th><td>40</td></tr>' in shown
    assert '<th scope="row">still life</th><td>7</td><td>35</td>' in shown
    assert "<dd>dataset.yaml does not say</dd>" in shown
    assert ESCAPED in shown
    assert "data/raw/resources/artemis_emotion_synonyms.json is not there" in shown


def test_what_was_not_measured_is_told(study: Path) -> None:
    shown = html(study, "language")
    assert "Concreteness was not measured: data/raw/resources/concreteness.csv is not there." in shown
    assert "Sentiment was not measured: VADER&#39;s lexicon is not in data/raw/resources/nltk_data/." in shown
    assert "Tagged by TextBlob&#39;s pattern tagger" in shown


def test_pictures_are_described_by_who_painted_what(study: Path) -> None:
    shown = html(study, "emotions")
    assert shown.count('<article class="card"') == 12
    assert 'alt="Some Artist, Picture number 0 1889, Realism"' in shown
    assert shown.count(ESCAPED) == 12


def test_pages_for_sharing_withhold_pictures_and_words(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    monkeypatch.setattr(page.execution, "execute", in_process.execute)
    before = html(study, "emotions")
    Path("params.yaml").write_text(PARAMS.format("true"), encoding="utf-8")
    emotions()
    shown = html(study, "emotions")
    assert shown.count(f"<p>{WITHHELD}</p>") == 2
    assert "<img" not in shown
    assert ESCAPED not in shown
    assert ESCAPED not in Path("reports/emotions.ipynb").read_text(encoding="utf-8")
    Path("params.yaml").write_text(PARAMS.format("false"), encoding="utf-8")
    emotions()
    assert html(study, "emotions") == before


def test_no_verdict_on_other_data(study: Path) -> None:
    shown = html(study, "reference")
    assert "40 records on 8 artworks" in shown
    assert '<tr><th scope="row">annotations</th><td>454684</td><td>40</td><td>exact</td>' in shown
    assert ">agrees<" not in shown
    assert ">differs<" not in shown


def test_every_published_value_is_looked_for_where_it_can_be(study: Path) -> None:
    figures = {name: read_json(study / f"data/{name}/figures.json") for name in PAGES}
    # What the miniature has no data for.
    ungiven = re.compile("/(concreteness|sentiment|neutral|abstract|classes)(/|$)")
    here = {"by_style": "Realism", "by_genre": "still_life", "sets": "utterances"}
    places = [one.figure for one in load_published() if one.figure]
    for kind, name in here.items():
        places = [re.sub(f"/{kind}/[^/]+", f"/{kind}/{name}", place) for place in places]
    assert len(places) > 300
    assert [place for place in places if find(figures, place) is None and not ungiven.search(place)] == []


def test_a_verdict_on_artemis_data(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    ingested, figures = Path("reports/annotations/metrics.json"), Path("data/dataset_report/figures.json")
    kept = ingested.read_bytes(), figures.read_bytes()
    write_json({"rows": RECORDS, "artworks": ARTWORKS}, ingested)
    write_json({**read_json(figures), "annotations": RECORDS}, figures)
    reference()
    shown = html(study, "reference")
    assert "<td>454684</td><td>454684</td><td>exact</td><td>analyzing_artemis [4]</td><td>agrees</td>" in shown
    assert "<td>differs</td>" in shown
    assert "agree\nonly with <code>utterances.rules: artemis</code>" in shown
    ingested.write_bytes(kept[0])
    figures.write_bytes(kept[1])
    reference()
