"""Charts: the same bytes for the same numbers, alternative text, colours and fonts of the page."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from stages.pages.charts import GRID, INK, STYLE, chart, in_words, use_style
from stages.pages.training import curves

COUNTS = pd.Series([3, 0, 2])


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with mpl.rc_context():
        use_style()
        yield


def histogram() -> str:
    figure, axes = plt.subplots()
    axes.bar(COUNTS.index, COUNTS)
    axes.set(xlabel="tokens", ylabel="utterances")
    axes.grid(axis="y")
    return chart(figure, "Lengths", "from 0 to 2")


def svg(html: str) -> str:
    return re.search(r"<svg.*</svg>", html, re.DOTALL)[0]  # type: ignore[index]


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert histogram() == histogram()


def test_settings_of_the_user_do_not_change_a_chart() -> None:
    before = histogram()
    plt.rcParams.update({"font.size": 30, "lines.linewidth": 9, "figure.dpi": 30})
    use_style()
    assert histogram() == before


def test_a_chart_has_a_title_and_an_alternative_text_and_is_closed() -> None:
    html = histogram()
    assert 'role="img" aria-label="from 0 to 2"' in html
    assert "<figcaption>Lengths</figcaption>" in html
    assert ">utterances</text>" in html
    assert plt.get_fignums() == []


def test_an_svg_is_well_formed_without_colours_fonts_or_dates_of_matplotlib() -> None:
    drawn = svg(histogram())
    ElementTree.fromstring(drawn)
    assert "currentColor" in drawn
    assert "var(--line)" in drawn
    assert not re.search(f"{INK}|{GRID}|font-family|<metadata|<!--", drawn)


def test_the_style_sheet_uses_the_placeholders_that_are_replaced() -> None:
    style = mpl.rc_params_from_file(STYLE, use_default_template=False)
    colours = {key: value for key, value in style.items() if "color" in key}
    assert colours.pop("grid.color") == GRID
    assert set(colours.values()) == {INK}


def test_ids_in_an_svg_are_only_those_that_it_refers_to() -> None:
    drawn = svg(curves([1, 2, 3], {"train loss": [3, 2, 1], "val loss": [3, 2.5, 2]}, "loss", "speaker: loss"))
    names = re.findall(r' id="([^"]+)"', drawn)
    assert names
    assert all(f"#{name}" in drawn for name in names)


def test_values_in_words() -> None:
    assert in_words({"awe": 0.125, "fear": 12}) == "awe 0.12, fear 12.00"
    assert in_words(pd.Series({"awe": 12.34}), digits=1, unit=" percent") == "awe 12.3 percent"


def test_curves_state_their_last_values_and_have_a_legend_only_for_several_lines() -> None:
    several = curves([1, 2], {"train loss": [3, 2], "val loss": [3, 2.5]}, "loss", "speaker")
    assert 'aria-label="loss over 2 epochs; in the last one: train loss 2.000, val loss 2.500"' in several
    assert ">val loss</text>" in several
    single = curves([1, 2], {"val accuracy": [0.1, 0.2]}, "val accuracy", "speaker")
    assert single.count(">val accuracy</text>") == 1
