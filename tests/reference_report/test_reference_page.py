"""The page of published values, and the figures of the other pages that it compares."""

import re
from pathlib import Path

from stages.common.files import read_json, write_json
from stages.common.language import FOR_ENGLISH
from stages.pages.catalogue import REFERENCE
from stages.pages.published import find, load_published
from stages.reference_report.__main__ import ANNOTATIONS, main
from stages.reference_report.comparison import ARTWORKS, RECORDS

FIGURES = {name: Path(f"data/{name}_report/figures.json") for name in ("dataset", "language", "emotions")}


def test_optional_measures_that_are_missing_are_explained(study: Path) -> None:
    shown = (study / "reports/language.html").read_text(encoding="utf-8")
    assert "<p>Concreteness was not measured: data/raw/resources/concreteness.csv" in shown
    assert "<p>Sentiment was not measured: " in shown
    assert "<p>Tagged by the pattern tagger of TextBlob" in shown


def test_other_data_are_not_compared(study: Path) -> None:
    shown = (study / REFERENCE.html).read_text(encoding="utf-8")
    assert "40 records on 8 artworks" in shown
    assert '<tr><th scope="row">annotations</th><td>454684</td><td>40</td><td>exact</td>' in shown
    assert ">agrees<" not in shown
    assert ">differs<" not in shown


def test_every_published_value_has_a_figure_where_the_data_allow_it(study: Path) -> None:
    figures = {name: read_json(study / path) for name, path in FIGURES.items()}
    # The miniature has no data for these.
    missing = re.compile("/(concreteness|sentiment|neutral|abstract|classes)(/|$)")
    here = {"by_style": "Realism", "by_genre": "still_life", "sets": "utterances"}
    places = [row.figure for row in load_published() if row.figure]
    for kind, name in here.items():
        places = [re.sub(f"/{kind}/[^/]+", f"/{kind}/{name}", place) for place in places]
    assert len(places) > 300
    assert [place for place in places if find(figures, place) is None and not missing.search(place)] == []


def test_artemis_data_are_compared(copy: Path) -> None:
    write_json({"rows": RECORDS, "artworks": ARTWORKS}, ANNOTATIONS)
    write_json({**read_json(FIGURES["dataset"]), "annotations": RECORDS}, FIGURES["dataset"])
    main()
    shown = REFERENCE.html.read_text(encoding="utf-8")
    assert "<td>454684</td><td>454684</td><td>exact</td><td>analyzing_artemis [4]</td><td>agrees</td>" in shown
    assert "<td>differs</td>" in shown
    assert "only with <code>utterances.rules: artemis</code>" in shown


def test_text_in_another_language_is_not_compared(copy: Path) -> None:
    (copy / "params.yaml").write_text("utterances:\n  rules: plain\n", encoding="utf-8")
    notebooks = sorted(copy.glob("reports/*.ipynb"))
    assert main() == f"{REFERENCE.html}: Left out: {FOR_ENGLISH}."
    assert "<table>" not in (copy / REFERENCE.html).read_text(encoding="utf-8")
    assert sorted(copy.glob("reports/*.ipynb")) == notebooks
