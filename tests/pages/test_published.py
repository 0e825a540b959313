"""The published values: completeness and consistency of the list, and the rules of agreement."""

import math
from collections import Counter

import pytest

from stages.pages.published import KINDS, Published, find, load_published, published_values

LIST = load_published()


def value(text: str, kind: str, tolerance: float = 0.0, figure: str = "page/value") -> Published:
    return Published("Section", "what", text, kind, tolerance, "notebook [1]", figure)


def test_every_row_has_a_kind_and_a_number() -> None:
    assert {row.kind for row in LIST} == set(KINDS)
    assert all(math.isfinite(float(row.value)) for row in LIST)
    assert all("." not in row.value for row in LIST if row.kind == "exact")
    # Only bands and figures have a tolerance; those of the models have none, since they are not compared.
    assert [row for row in LIST if row.tolerance and row.kind not in ("band", "figure")] == []
    assert [row for row in LIST if not row.tolerance and row.kind in ("band", "figure") and row.figure] == []


def test_no_figure_is_compared_twice() -> None:
    places = Counter(row.figure for row in LIST if row.figure)
    assert [place for place, times in places.items() if times > 1] == []


def test_the_list_is_consistent_with_itself() -> None:
    by_name = {(row.section, row.what): float(row.value) for row in LIST}
    classes = [row for row in LIST if row.section.startswith("Something else")]
    assert sum(float(row.value) for row in classes) == by_name["Emotions", "annotations with something else"]
    shares = [by_name["Emotions", f"share of {name} annotations"] for name in ("positive", "negative", "else")]
    assert sum(shares) == pytest.approx(1, abs=2e-6)
    rows, artworks = (by_name["Sizes and lengths", name] for name in ("annotations", "artworks"))
    assert rows / artworks == pytest.approx(by_name["Sizes and lengths", "annotations per artwork"])
    dominated = [row for row in LIST if row.what.endswith(" dominates")]
    assert sum(float(row.value) for row in dominated) == 36534
    assert len([row for row in LIST if row.figure.startswith("emotions/by_style")]) == 27


@pytest.mark.parametrize(
    ("published", "measured", "agrees"),
    [
        (value("454684", "exact"), 454684, True),
        (value("454684", "exact"), 454683, False),
        (value("0.61", "digits"), 0.6149, True),
        (value("0.61", "digits"), 0.6151, False),
        (value("5.681348477464982", "digits"), 5.681348477464983, True),
        (value("5.681348477464982", "digits"), 5.6813485, False),
        (value("14.0", "digits"), 14.0, True),
        (value("1.07", "figure", 0.01), 1.08, True),
        (value("1.07", "figure", 0.01), 1.09, False),
        (value("2861", "band", 20), 2880, True),
        (value("36534", "second-hand"), 36535, False),
    ],
)
def test_agreement(published: Published, measured: float, agrees: bool) -> None:
    assert published.agrees(measured) is agrees


def test_a_figure_is_found_by_its_place_or_not_at_all() -> None:
    figures = {"page": {"value": 3, "other": {"deep er": 0.5}, "missing": None}}
    assert find(figures, "page/value") == 3.0
    assert find(figures, "page/other/deep er") == 0.5
    assert [find(figures, place) for place in ("page/missing/x", "page/value/x", "nowhere", "")] == [None] * 4


def test_values_are_looked_up_by_source_and_name() -> None:
    places = {"sizes": {"rows": ("analyzing_artemis [4]", "annotations")}}
    assert published_values(places)["sizes"]["rows"].value == "454684"
