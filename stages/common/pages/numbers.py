"""The final numbers that a training stage wrote, as a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.pages.markup import Fragment, table
from stages.common.tables import read_json


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
