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
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from stages.common.emotions import EMOTIONS, polarity
from stages.pages.markup import Fragment, render

# Stand-ins, which the SVG's text exchanges for what the style sheet says.
INK, GRID = "#010203", "#040506"
PAGE_COLOURS = {INK: "currentColor", GRID: "var(--line)"}
# Each stands out by 3:1 or more on the page's light and on its dark ground.
BLUE, AMBER, GREY = "#4f74bd", "#b87400", "#7d7d7d"
POLARITY_COLOURS = {"positive": AMBER, "negative": BLUE, "else": GREY}
# Told apart by their dashes too.
LINES = ((BLUE, "--"), (GREY, ":"), (BLUE, "-."), (GREY, "-"))
WIDTH = 4.4  # inches
# How opaque a matrix' cell of share 1 is: on all shades the ink stands out by 4.5:1 or more.
DEEPEST = 0.75

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
        colours = [POLARITY_COLOURS[polarity(emotion)] for emotion in EMOTIONS]
        bars = axes.barh(EMOTIONS, [100 * shares[emotion] for emotion in EMOTIONS], color=colours)
        axes.bar_label(bars, fmt="%.1f %%", padding=3)
        axes.invert_yaxis()
        axes.margins(x=0.18)
        axes.set_xlabel("percent of annotations")
        alt = ", ".join(f"{emotion} {100 * shares[emotion]:.1f} percent" for emotion in EMOTIONS)
        return chart(figure, title, alt)


def bars(values: Mapping[str, float], xlabel: str, title: str) -> Fragment:
    """A bar for each name, in the order given, the first on top; negative values go to the left."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(0.9 + 0.22 * len(values))
        drawn = axes.barh(list(values), list(values.values()), color=BLUE)
        axes.bar_label(drawn, fmt="%.2f", padding=3)
        axes.invert_yaxis()
        axes.margins(x=0.14, y=0.02)
        axes.set_xlabel(xlabel)
        return chart(figure, title, f"{xlabel}: {_told(values)}")


def stacked_bars(parts: Mapping[str, Mapping[str, float]], title: str) -> Fragment:
    """A bar of positive, negative and other shares (0 to 1) for each name, the first on top."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(1.2 + 0.22 * len(parts))
        left = [0.0] * len(parts)
        for kind, colour in POLARITY_COLOURS.items():
            widths = [100 * shares[kind] for shares in parts.values()]
            axes.barh(list(parts), widths, left=left, color=colour, label=kind, edgecolor=GRID, linewidth=0.5)
            left = [before + width for before, width in zip(left, widths, strict=True)]
        axes.invert_yaxis()
        axes.margins(x=0, y=0.02)
        axes.set_xlabel("percent of annotations")
        figure.legend(loc="outside upper center", ncols=3)
        positive = {name: 100 * shares["positive"] for name, shares in parts.items()}
        return chart(figure, title, f"percent positive: {_told(positive)}")


def densities(shares: Mapping[str, Sequence[float]], scale: tuple[float, float], xlabel: str, title: str) -> Fragment:
    """The share of values in equal bins of `scale`, as a step line for each name."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(2.7)
        looks = itertools.cycle(((AMBER, "-"), *LINES))
        for (name, heights), (colour, dashes) in zip(shares.items(), looks, strict=False):
            edges = [scale[0] + (scale[1] - scale[0]) * n / len(heights) for n in range(len(heights) + 1)]
            percent = [100 * height for height in heights]
            axes.stairs(percent, edges, color=colour, linestyle=dashes, label=name, linewidth=1.5)
        axes.set(xlabel=xlabel, ylabel="percent")
        axes.grid(axis="y")
        if len(shares) > 1:
            axes.legend()
        peaks = {name: 100 * max(heights) for name, heights in shares.items()}
        return chart(figure, title, f"distribution of {xlabel}; percent in the fullest bin: {_told(peaks)}")


def _told(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())


def histogram(counts: pd.Series, xlabel: str, ylabel: str, title: str) -> Fragment:
    """`counts` by whole number, the smallest to the largest."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(3.0)
        axes.bar(counts.index, counts.to_numpy(), width=0.85, color=BLUE)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        alt = f"{xlabel}: from {counts.index.min()} to {counts.index.max()}, most often {counts.idxmax()}"
        return chart(figure, title, alt)


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
        return chart(figure, title, f"{ylabel} over {len(epochs)} epochs; in the last one: {last}")


def matrix(shares: np.ndarray, names: Sequence[str], ylabel: str, xlabel: str, title: str) -> Fragment:
    """Shares (N, N) of each row's whole, darker the larger, in percent; a row without anything is empty."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(WIDTH)
        for (row, column), share in np.ndenumerate(shares):
            if share > 0:
                axes.add_patch(
                    Rectangle((column - 0.5, row - 0.5), 1, 1, color=BLUE, alpha=DEEPEST * share, linewidth=0)
                )
                axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=8)
        places = range(len(names))
        axes.set(
            xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5), aspect="equal", xlabel=xlabel, ylabel=ylabel
        )
        axes.set_xticks(places, names, rotation=90)
        axes.set_yticks(places, names)
        axes.tick_params(length=0)
        right = dict(zip(names, 100 * shares.diagonal(), strict=True))
        return chart(figure, title, f"percent of each row on the diagonal: {_told(right)}")


def reliability(lines: Mapping[str, Sequence[tuple[float, float, int]]], title: str) -> Fragment:
    """Accuracy over confidence (0 to 1), a point for each bin, larger the more rows it holds.

    Where a classifier is as often right as it is sure, points lie on the diagonal.
    """
    with mpl.rc_context(STYLE):
        figure, axes = _axes(3.4)
        axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1)
        for (name, points), (colour, dashes) in zip(lines.items(), (LINES[0], (AMBER, "-")), strict=True):
            confidence, accuracy, rows = zip(*points, strict=True)
            axes.plot(confidence, accuracy, dashes, color=colour, label=name, linewidth=1.2)
            axes.scatter(confidence, accuracy, [4 + 120 * one / sum(rows) for one in rows], color=colour)
        axes.set(xlim=(0, 1), ylim=(-0.03, 1.03), xlabel="confidence", ylabel="accuracy")
        axes.legend(loc="upper left")
        told = "; ".join(
            f"{name}: " + ", ".join(f"{accuracy:.2f} at {confidence:.2f}" for confidence, accuracy, _ in points)
            for name, points in lines.items()
        )
        return chart(figure, title, f"accuracy at each confidence, {told}")


def paired_bars(pairs: Mapping[str, Sequence[float]], title: str) -> Fragment:
    """Two bars for each emotion, of the shares (0 to 1) that two sources give it, in percent."""
    with mpl.rc_context(STYLE):
        figure, axes = _axes(3.2)
        for (name, shares), offset, colour in zip(pairs.items(), (-0.2, 0.2), (GREY, BLUE), strict=True):
            places = [place + offset for place in range(len(EMOTIONS))]
            axes.barh(places, [100 * share for share in shares], height=0.38, color=colour, label=name)
        axes.set_yticks(range(len(EMOTIONS)), EMOTIONS)
        axes.invert_yaxis()
        axes.set(xlim=(0, 100), xlabel="percent")
        figure.legend(loc="outside upper center", ncols=2)
        told = ", ".join(
            f"{emotion} {100 * one:.0f} and {100 * other:.0f}"
            for emotion, one, other in zip(EMOTIONS, *pairs.values(), strict=True)
        )
        return chart(figure, title, f"percent, {' and '.join(pairs)}: {told}")


def use_style() -> None:
    """Let matplotlib draw in the look of the pages, from here on: for the first cell of a notebook."""
    mpl.rcParams.update(STYLE)


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def chart(figure: Figure, title: str, alt: str) -> Fragment:
    """A matplotlib figure as inline SVG; `alt` says in words what it shows, for readers who do not see it."""
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
