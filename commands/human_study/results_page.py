"""The page of a human study's results."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from commands.human_study import tables
from commands.human_study.results import Results
from stages.common.files import atomic_write
from stages.pages import charts
from stages.pages.markup import Fragment, environment, table

TEMPLATES = Path(__file__).with_name("template")
# Characters of a name in the chart; the tables have it in full.
WIDEST = 28


def save(found: Results, path: Path) -> None:
    """Write the page."""
    charts.use_style()
    html = (
        environment(TEMPLATES)
        .get_template("results.html.j2")
        .render(
            found=found,
            chart=_chart(found),
            preferences=table(tables.preferences(found.preferences), "Judgements and preferences"),
            systems=table(tables.systems(found), "Strengths, and captions that are reasonable"),
            raters=table(_raters(found), "Answers of each rater"),
            notes=tables.notes(found),
        )
    )
    with atomic_write(path) as beside:
        beside.write_text(html, encoding="utf-8")


def _chart(found: Results) -> Fragment:
    """The preferences with their intervals, the first above."""
    shares, lows, highs = (
        100 * np.array([getattr(each.estimate, name) for each in found.preferences])
        for name in ("share", "low", "high")
    )
    rows = np.arange(len(shares))[::-1]
    figure, axes = plt.subplots(figsize=(1.5 * charts.WIDTH, 0.9 + 0.5 * len(shares)))
    axes.errorbar(shares, rows, xerr=[shares - lows, highs - shares], fmt="o", color=charts.BLUE, capsize=4)
    axes.axvline(50, color=charts.GREY, linestyle="--", linewidth=1)
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.6, len(shares) - 0.4)
    names = [f"{_short(each.first)}\nover {_short(each.second)}" for each in found.preferences]
    axes.set_yticks(rows, names)
    axes.set_xlabel("preferred, %")
    words = "; ".join(
        f"{each.first} over {each.second} {tables.shown(each.estimate)} {tables.interval(each.estimate)}"
        for each in found.preferences
    )
    return charts.chart(figure, "Preferences with 95 % intervals", f"the first preferred: {words}")


def _short(name: str) -> str:
    return name if len(name) <= WIDEST else f"{name[: WIDEST - 1]}\u2026"


def _raters(found: Results) -> pd.DataFrame:
    everybody = [*found.raters, *found.inattentive, *found.silent]
    rows = [
        [len(rater.judged), f"{rater.failed} of {rater.checks}", "yes" if rater in found.raters else "no"]
        for rater in everybody
    ]
    names = pd.Index(["judged", "failed checks", "counts"])
    return pd.DataFrame(rows, columns=names, index=[f"rater {rater.name}" for rater in everybody])
