"""Charts: the same bytes for the same numbers, alternative text, the page's own colours and fonts."""

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.pages.charts import curves, emotion_bars, histogram, matrix, paired_bars, reliability

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


def test_a_matrix_shows_its_shares_in_percent_and_says_those_on_the_diagonal() -> None:
    chart = matrix(np.array([[0.75, 0.25], [0, 0]]), ["calm", "bold"], "actual", "guessed", "Confusion")
    assert [int(one) for one in re.findall(r">(\d+)</text>", chart)] == [75, 25]
    assert 'aria-label="percent of each row on the diagonal: calm 75.00, bold 0.00"' in chart


def test_a_reliability_diagram_says_each_point() -> None:
    chart = reliability({"before": [(0.5, 0.25, 3)], "after": [(0.25, 0.25, 3), (0.9, 1.0, 1)]}, "Reliability")
    assert "accuracy at each confidence, before: 0.25 at 0.50; after: 0.25 at 0.25, 1.00 at 0.90" in chart


def test_paired_bars_say_both_shares() -> None:
    chart = paired_bars({"people": SHARES.tolist(), "classifier": SHARES.tolist()[::-1]}, "Emotions")
    assert 'aria-label="percent, people and classifier: amusement 2 and 20, awe 4 and 18' in chart
