"""Charts: the same bytes for the same numbers, alternative text, the page's own colours and fonts."""

import re
from xml.etree import ElementTree

import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.common.pages.charts import curves, emotion_bars, histogram

SHARES = pd.Series({emotion: (number + 1) / 45 for number, emotion in enumerate(EMOTIONS)})


def svg(chart: str) -> str:
    return re.search(r"<svg.*</svg>", chart, re.DOTALL)[0]  # type: ignore[index]


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert emotion_bars(SHARES, "Emotions") == emotion_bars(SHARES, "Emotions")


def test_bars_say_in_words_what_they_show() -> None:
    chart = emotion_bars(SHARES, "Emotions")
    assert 'role="img" aria-label="amusement 2.2 percent, awe 4.4 percent' in chart
    assert "<figcaption>Emotions</figcaption>" in chart
    assert ">20.0 %</text>" in chart


def test_an_svg_is_whole_and_brings_no_colour_font_or_date_of_its_own() -> None:
    drawn = svg(histogram(pd.Series([3, 0, 2]), "tokens", "utterances", "Lengths"))
    ElementTree.fromstring(drawn)
    assert "currentColor" in drawn
    assert "var(--line)" in drawn
    assert not re.search("#010203|#040506|font-family|<metadata|<!--", drawn)


def test_names_in_an_svg_are_only_those_that_it_refers_to() -> None:
    drawn = svg(curves([1, 2, 3], {"train loss": [3, 2, 1], "val loss": [3, 2.5, 2]}, "loss", "speaker: loss"))
    names = re.findall(r' id="([^"]+)"', drawn)
    assert names
    assert all(f"#{name}" in drawn for name in names)


def test_curves_tell_their_last_values_and_name_lines_only_where_there_are_several() -> None:
    several = curves([1, 2], {"train loss": [3, 2], "val loss": [3, 2.5]}, "loss", "speaker")
    assert 'aria-label="loss over 2 epochs; in the last one: train loss 2.000, val loss 2.500"' in several
    assert ">val loss</text>" in several
    single = curves([1, 2], {"val accuracy": [0.1, 0.2]}, "val accuracy", "speaker")
    assert single.count(">val accuracy</text>") == 1
