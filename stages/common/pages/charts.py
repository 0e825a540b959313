"""Charts as inline SVG: the same bytes for the same numbers, readable on a phone and in the dark.

Text stays text, in the page's own font; ink takes the page's own colour. Each chart is
drawn narrow, about as wide as a phone, so that its text is never scaled to dust.
"""

import io
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from stages.common.emotions import EMOTIONS, polarity
from stages.common.pages.markup import Fragment, render

# Stand-ins, which the SVG's text exchanges for what the style sheet says.
INK, GRID = "#010203", "#040506"
PAGE_COLOURS = {INK: "currentColor", GRID: "var(--line)"}
# Each stands out by 3:1 or more on the page's light and on its dark ground.
BLUE, AMBER, GREY = "#4f74bd", "#b87400", "#7d7d7d"
OF_POLARITY = {"positive": AMBER, "negative": BLUE, "else": GREY}
# Told apart by their dashes too.
LINES = ((BLUE, "--"), (GREY, ":"), (BLUE, "-."), (GREY, "-"))
WIDTH = 4.4  # inches

# matplotlib types the names of its settings one by one.
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "artemis-dvc",
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "legend.frameon": False,
}


def emotion_bars(shares: pd.Series, title: str) -> Fragment:
    """A bar for each emotion's share (0 to 1), coloured by polarity."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(3.0)
        colours = [OF_POLARITY[polarity(emotion)] for emotion in EMOTIONS]
        bars = axes.barh(EMOTIONS, [100 * shares[emotion] for emotion in EMOTIONS], color=colours)
        axes.bar_label(bars, fmt="%.1f %%", padding=3)
        axes.invert_yaxis()
        axes.margins(x=0.18)
        axes.set_xlabel("percent of annotations")
        alt = ", ".join(f"{emotion} {100 * shares[emotion]:.1f} percent" for emotion in EMOTIONS)
        return _chart(figure, title, alt)


def histogram(counts: pd.Series, xlabel: str, ylabel: str, title: str) -> Fragment:
    """`counts` by whole number, the smallest to the largest."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(3.0)
        axes.bar(counts.index, counts.to_numpy(), width=0.85, color=BLUE)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        alt = f"{xlabel}: from {counts.index.min()} to {counts.index.max()}, most often {counts.idxmax()}"
        return _chart(figure, title, alt)


def curves(epochs: Sequence[int], lines: Mapping[str, Sequence[float]], ylabel: str, title: str) -> Fragment:
    """Lines by name over the epochs; those of validation are drawn in a colour of their own."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(2.7)
        looks = itertools.cycle(LINES)
        for name, values in lines.items():
            colour, dashes = (AMBER, "-") if name.startswith("val") else next(looks)
            axes.plot(epochs, values, dashes, color=colour, marker="o", markersize=3.5, label=name)
        axes.set(xlabel="epoch", ylabel=ylabel)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        if len(lines) > 1:
            axes.legend()
        last = ", ".join(f"{name} {values[-1]:.3f}" for name, values in lines.items())
        return _chart(figure, title, f"{ylabel} over {len(epochs)} epochs; in the last one: {last}")


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _chart(figure: Figure, title: str, alt: str) -> Fragment:
    """`alt` says in words what the drawing shows, for readers who do not see it."""
    with io.StringIO() as file:
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        drawn = file.getvalue()
    return render("chart.html.j2", svg=Markup(inline(drawn)), title=title, alt=alt)


def inline(drawn: str) -> str:
    """Make matplotlib's SVG file a part of a page: colours and fonts from the page, no names that could clash."""
    svg = drawn[drawn.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # The page's figure carries the alternative text.
    svg = svg.replace("<svg ", '<svg aria-hidden="true" ', 1)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    for stand_in, colour in PAGE_COLOURS.items():
        svg = svg.replace(stand_in, colour)
    return re.sub(r' id="([^"]+)"', lambda found: found[0] if f"#{found[1]}" in svg else "", svg).strip()
