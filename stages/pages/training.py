"""Learning curves and final metrics of a trained network, from its files in reports/<stage>/."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator

from stages.common.files import read_json
from stages.pages.charts import AMBER, LINES, STYLE, WIDTH, chart, in_words
from stages.pages.markup import Fragment, side_by_side, table


def learning_curves(stage: str) -> Fragment:
    """A chart for each quantity that the stage logged over its epochs."""
    epochs, name = load_epochs(stage), stage.replace("_", " ")
    return side_by_side(
        *(
            curves(epochs["epoch"].tolist(), lines, ylabel=quantity, title=f"{name}: {quantity}")
            for quantity, lines in panels(epochs).items()
        )
    )


def load_epochs(stage: str) -> pd.DataFrame:
    """One row per epoch; the columns besides `epoch` are those that the stage logs."""
    return pd.read_csv(Path("reports") / stage / "epochs.tsv", sep="\t")


def panels(epochs: pd.DataFrame) -> dict[str, dict[str, list[float]]]:
    """Assign the columns to charts: by the chart's name, its lines by name.

    The training loop logs the terms of the training loss as `train_<term>`. The first term is the one
    that validation measures as `val_loss`: both share the chart `loss`. Every other column gets a chart
    of its own, since it has a scale of its own.
    """
    charts: dict[str, dict[str, list[float]]] = {}
    terms = [column for column in epochs.columns if column.startswith("train_")]
    for column in epochs.columns.drop("epoch"):
        name = column.replace("_", " ")
        quantity = "loss" if column in (*terms[:1], "val_loss") else name
        charts.setdefault(quantity, {})[name] = epochs[column].tolist()
    return charts


def curves(epochs: Sequence[int], lines: Mapping[str, Sequence[float]], ylabel: str, title: str) -> Fragment:
    """A chart of one or more lines over the epochs; lines of the validation split are amber and solid."""
    with plt.style.context(["default", STYLE]):
        figure, axes = plt.subplots(figsize=(WIDTH, 2.7))
        styles = itertools.cycle(LINES)
        for name, values in lines.items():
            colour, dashes = (AMBER, "-") if name.startswith("val") else next(styles)
            axes.plot(epochs, values, dashes, color=colour, marker="o", markersize=3.5, label=name)
        axes.set(xlabel="epoch", ylabel=ylabel)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        if len(lines) > 1:
            axes.legend()
        last = in_words({name: values[-1] for name, values in lines.items()}, digits=3)
        return chart(figure, title, f"{ylabel} over {len(epochs)} epochs; in the last one: {last}")


def numbers(stage: str, names: Sequence[str] | None = None) -> Fragment:
    """A table of the stage's final metrics: all, or those of `names` that were measured."""
    metrics = load_metrics(stage)
    names = list(metrics) if names is None else [name for name in names if name in metrics]
    rows = {name.replace(".", " ").replace("_", " "): metrics[name] for name in names}
    return table(pd.Series(rows, dtype=object).to_frame("value"), f"{stage.replace('_', ' ')}: final metrics")


def load_metrics(stage: str) -> dict[str, float]:
    """The metrics of reports/<stage>/metrics.json; nested names are joined by dots."""
    return flat(read_json(Path("reports") / stage / "metrics.json"))


def flat(nested: Mapping[str, Any]) -> dict[str, float]:
    """`{"test": {"loss": 1}}` becomes `{"test.loss": 1}`, in the same order."""
    values: dict[str, float] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            values |= {f"{name}.{inner}": number for inner, number in flat(value).items()}
        else:
            values[name] = value
    return values
