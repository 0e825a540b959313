"""The published values: whether the list is whole, what agrees with what, and what is concluded."""

import math
from collections import Counter

import pytest

from stages.pages.published import KINDS, Published, find, load_published
from stages.reference_report.comparison import ARTWORKS, RECORDS, Compared, compare, is_artemis, sections, verdict

LIST = load_published()


def value(text: str, kind: str, tolerance: float = 0.0, figure: str = "page/value") -> Published:
    return Published("Section", "what", text, kind, tolerance, "notebook [1]", figure)


def test_every_row_is_typed_and_its_value_a_number() -> None:
    assert {one.kind for one in LIST} == set(KINDS)
    assert all(math.isfinite(float(one.value)) for one in LIST)
    assert all("." not in one.value for one in LIST if one.kind == "exact")
    # A tolerance is for what cannot be told to the last digit; models are not compared, and have none.
    assert [one for one in LIST if one.tolerance and one.kind not in ("band", "figure")] == []
    assert [one for one in LIST if not one.tolerance and one.kind in ("band", "figure") and one.figure] == []


def test_no_figure_is_compared_twice() -> None:
    places = Counter(one.figure for one in LIST if one.figure)
    assert [place for place, times in places.items() if times > 1] == []


def test_the_list_agrees_with_itself() -> None:
    by_name = {(one.section, one.what): float(one.value) for one in LIST}
    classes = [one for one in LIST if one.section.startswith("Something else")]
    assert sum(float(one.value) for one in classes) == by_name["Emotions", "annotations with something else"]
    shares = [by_name["Emotions", f"share of {name} annotations"] for name in ("positive", "negative", "else")]
    assert sum(shares) == pytest.approx(1, abs=2e-6)
    rows, artworks = (by_name["Sizes and lengths", name] for name in ("annotations", "artworks"))
    assert rows / artworks == pytest.approx(by_name["Sizes and lengths", "annotations per artwork"])
    dominated = [one for one in LIST if one.what.endswith(" dominates")]
    assert sum(float(one.value) for one in dominated) == 36534
    assert len([one for one in LIST if one.figure.startswith("emotions/by_style")]) == 27


@pytest.mark.parametrize(
    ("published", "found", "agrees"),
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
def test_agreement(published: Published, found: float, agrees: bool) -> None:
    assert published.agrees(found) is agrees


def test_a_figure_is_found_by_its_place_or_not_at_all() -> None:
    figures = {"page": {"value": 3, "other": {"deep er": 0.5}, "missing": None}}
    assert find(figures, "page/value") == 3.0
    assert find(figures, "page/other/deep er") == 0.5
    assert [find(figures, place) for place in ("page/missing/x", "page/value/x", "nowhere", "")] == [None] * 4


def test_values_that_were_not_found_are_not_judged() -> None:
    listed = [value("3", "exact"), value("4", "exact", figure="page/other"), value("5", "exact", figure="")]
    compared = compare(listed, {"page": {"value": 3, "other": 5}})
    assert [one.agrees for one in compared] == [True, False, None]
    assert verdict(compared) == "1 of the 2 values that this run found agree with those published."
    assert verdict(compared[:1]) == "All 1 values that this run found agree with those published."
    table = sections(compared, judged=True)["Section"]
    assert table["found"].tolist() == ["3", "5", "–"]  # noqa: RUF001
    assert table["verdict"].tolist() == ["agrees", "differs", "–"]  # noqa: RUF001


def test_without_artemis_data_nothing_is_judged() -> None:
    table = sections([Compared(value("3", "exact"), 3.0)], judged=False)["Section"]
    assert list(table) == ["published", "found", "kind", "source"]


def test_found_values_are_shown_with_the_digits_printed() -> None:
    table = sections([Compared(value("0.61", "digits"), 0.6149), Compared(value("7", "exact"), 7.0)], judged=True)
    assert table["Section"]["found"].tolist() == ["0.61", "7"]


def test_artemis_is_told_by_its_counts() -> None:
    assert is_artemis({"rows": RECORDS, "artworks": ARTWORKS})
    assert not is_artemis({"rows": RECORDS, "artworks": 500})
