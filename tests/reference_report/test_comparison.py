"""Comparison of published values with those of a study: verdicts, digits, and the recognition of ArtEmis' data."""

from stages.pages.published import Published
from stages.reference_report.comparison import ARTWORKS, RECORDS, Comparison, compare, is_artemis, sections, verdict


def value(text: str, kind: str, figure: str = "page/value") -> Published:
    return Published("Section", "what", text, kind, 0.0, "notebook [1]", figure)


def test_values_without_a_figure_have_no_verdict() -> None:
    listed = [value("3", "exact"), value("4", "exact", figure="page/other"), value("5", "exact", figure="")]
    comparisons = compare(listed, {"page": {"value": 3, "other": 5}})
    assert [row.agrees for row in comparisons] == [True, False, None]
    assert verdict(comparisons).startswith("1 of the 2 values")
    assert verdict(comparisons[:1]).startswith("All 1 values")
    table = sections(comparisons, judged=True)["Section"]
    assert table["this study"].tolist() == ["3", "5", "–"]  # noqa: RUF001
    assert table["verdict"].tolist() == ["agrees", "differs", "–"]  # noqa: RUF001


def test_data_other_than_artemis_have_no_verdict() -> None:
    table = sections([Comparison(value("3", "exact"), 3.0)], judged=False)["Section"]
    assert list(table) == ["published", "this study", "kind", "source"]


def test_values_are_shown_with_as_many_digits_as_published() -> None:
    comparisons = [Comparison(value("0.61", "digits"), 0.6149), Comparison(value("7", "exact"), 7.0)]
    assert sections(comparisons, judged=True)["Section"]["this study"].tolist() == ["0.61", "7"]


def test_artemis_is_recognized_by_its_counts() -> None:
    assert is_artemis({"rows": RECORDS, "artworks": ARTWORKS})
    assert not is_artemis({"rows": RECORDS, "artworks": 500})
