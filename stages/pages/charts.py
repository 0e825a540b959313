"""Charts of the pages: any matplotlib figure as inline SVG, the same bytes for the same numbers.

A notebook calls `use_style()` in its first cell, draws with plain matplotlib or pandas, and ends with
`chart(figure, title, alt)`. Text in the SVG stays text; it takes the font and the colour of the page,
also in dark mode.
"""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from stages.pages.markup import Fragment, render

STYLE = Path(__file__).with_name("artemis.mplstyle")
# Placeholders in the style sheet, and the page's colours that replace them in the SVG.
INK, GRID = "#010203", "#040506"
PAGE_COLOURS = {INK: "currentColor", GRID: "var(--line)"}
# Each has a contrast of at least 3:1 with the background of the page, light and dark.
BLUE, AMBER, GREY = "#4f74bd", "#b87400", "#7d7d7d"
# Any: the stubs of pandas accept no dict[str, str] as colours.
POLARITY_COLOURS: dict[str, Any] = {"positive": AMBER, "negative": BLUE, "else": GREY}
# Colours and dashes of several lines in a chart: they differ also without colour.
LINES = ((BLUE, "--"), (GREY, ":"), (BLUE, "-."), (GREY, "-"))
WIDTH = 4.4  # inches, as in the style sheet
# The largest opacity of a colour behind text: the text keeps a contrast of at least 4.5:1.
DEEPEST = 0.75


def use_style() -> None:
    """Apply the style sheet to all figures made from here on, whatever matplotlibrc the user has."""
    plt.style.use(["default", STYLE])


def chart(figure: Figure, title: str, alt: str) -> Fragment:
    """A matplotlib figure as inline SVG; closes the figure.

    Args:
        alt: the content of the chart in words, for readers who cannot see it.
    """
    with io.StringIO() as file:
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        svg = file.getvalue()
    # Jupyter would show a figure that is still open as a second, raster picture.
    plt.close(figure)
    return render("chart.html.j2", svg=Markup(inline(svg)), title=title, alt=alt)


def inline(svg: str) -> str:
    """Make matplotlib's SVG file a part of a page: the page's colours and fonts, and no ids that could clash."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # The element around it carries the alternative text.
    svg = svg.replace("<svg ", '<svg aria-hidden="true" ', 1)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    for placeholder, colour in PAGE_COLOURS.items():
        svg = svg.replace(placeholder, colour)
    return re.sub(r' id="([^"]+)"', lambda match: match[0] if f"#{match[1]}" in svg else "", svg).strip()


def in_words(values: Mapping[str, float] | pd.Series, digits: int = 2, unit: str = "") -> str:
    """`awe 12.50 percent, fear 3.25 percent`: the values of a mapping or Series, for the alternative text."""
    return ", ".join(f"{name} {value:.{digits}f}{unit}" for name, value in values.items())
