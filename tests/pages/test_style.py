"""The style of all pages: contrast by WCAG 2.2, on the light and the dark background."""

import re

import pytest

from stages.pages.charts import AMBER, BLUE, DEEPEST, GREY
from stages.pages.markup import TEMPLATES

STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "raised"])
@pytest.mark.parametrize("text", ["ink", "soft", "link"])
def test_text_has_enough_contrast(theme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour", [BLUE, AMBER, GREY])
def test_chart_colours_have_enough_contrast(theme: dict[str, str], colour: str) -> None:
    assert contrast(colour, theme["ground"]) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_a_coloured_cell_has_enough_contrast(theme: dict[str, str]) -> None:
    # The cell of the largest opacity: all others are nearer to the background.
    channels = [(int(BLUE[n : n + 2], 16), int(theme["ground"][n : n + 2], 16)) for n in (1, 3, 5)]
    mixed = "#" + "".join(f"{round(DEEPEST * over + (1 - DEEPEST) * under):02x}" for over, under in channels)
    assert contrast(theme["ink"], mixed) >= 4.5
