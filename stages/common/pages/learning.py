"""How a model learned: what its training stage wrote of each epoch, as charts."""

from pathlib import Path

import pandas as pd

from stages.common.pages.charts import curves
from stages.common.pages.markup import Fragment, side_by_side


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
