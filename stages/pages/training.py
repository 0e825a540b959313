"""Training curves and final numbers of a network, as charts and tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.files import read_json
from stages.pages.charts import curves
from stages.pages.markup import Fragment, side_by_side, table


def load_epochs(stage: str) -> pd.DataFrame:
    """One row per epoch; the columns besides `epoch` are the stage's own."""
    return pd.read_csv(Path("reports") / stage / "epochs.tsv", sep="\t")


def panels(epochs: pd.DataFrame) -> dict[str, dict[str, list[float]]]:
    """The columns as charts, each with its lines: one for the loss, one for each other figure.

    The training loop writes the terms of the training loss as `train_<term>`, first the
    one that validation measures as `val_loss`; further ones (a penalty, a second lesson)
    have scales of their own, as has any other column.
    """
    charts: dict[str, dict[str, list[float]]] = {}
    terms = [column for column in epochs.columns if column.startswith("train_")]
    for column in epochs.columns.drop("epoch"):
        name = column.replace("_", " ")
        chart = "loss" if column in (*terms[:1], "val_loss") else name
        charts.setdefault(chart, {})[name] = epochs[column].tolist()
    return charts


def learning_curves(stage: str) -> Fragment:
    """A chart for each quantity that the stage logged."""
    epochs, name = load_epochs(stage), stage.replace("_", " ")
    return side_by_side(
        *(
            curves(epochs["epoch"].tolist(), lines, ylabel=chart, title=f"{name}: {chart}")
            for chart, lines in panels(epochs).items()
        )
    )


def load_metrics(stage: str) -> dict[str, float]:
    """The stage's numbers, nested names joined by dots."""
    return flat(read_json(Path("reports") / stage / "metrics.json"))


def flat(nested: dict[str, Any]) -> dict[str, float]:
    """`{"test": {"loss": 1}}` becomes `{"test.loss": 1}`; the order stays."""
    values: dict[str, float] = {}
    for name, value in nested.items():
        inner = {f"{name}.{key}": one for key, one in flat(value).items()} if isinstance(value, dict) else {name: value}
        values.update(inner)
    return values


def numbers(stage: str, names: Sequence[str] | None = None) -> Fragment:
    """The stage's numbers; of `names`, where these are given, those that were measured."""
    metrics = load_metrics(stage)
    chosen = metrics if names is None else {name: metrics[name] for name in names if name in metrics}
    found = {name.replace(".", " ").replace("_", " "): value for name, value in chosen.items()}
    frame = pd.DataFrame({"value": pd.Series(found, dtype=object)})
    return table(frame, f"{stage.replace('_', ' ')}: final numbers")
