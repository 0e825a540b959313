"""Where a system is weak: the headline metrics in each slice of the pictures, by style, genre or emotion."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.metrics.bootstrap import corpus_values, interval, resampled, totals
from stages.metrics.interface import Columns, Value

# A slice of fewer pictures is shown, but never named the worst: chance would choose it.
SMALLEST = 5


def slices(
    values: Sequence[Value], columns: Columns, labels: pd.Series, resamples: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Of each label, sorted: how many pictures, and each value with its 95 % interval.

    Args:
        labels: the label of each picture, (N,), a missing value where it has none.
    """
    found: dict[str, dict[str, Any]] = {}
    for label in sorted(labels.dropna().unique()):
        rows = np.flatnonzero((labels == label).to_numpy(bool, na_value=False))
        part = {name: column[rows] for name, column in columns.items()}
        drawn = resampled(values, part, resamples, seed)
        whole = corpus_values(values, totals(part))
        found[label] = {"pictures": len(rows)} | {
            name: described(float(value), interval(drawn[name])) for name, value in whole.items() if np.isfinite(value)
        }
    return found


def described(value: float, bounds: tuple[float, float] | None) -> dict[str, float]:
    """A value and, where it has one, its interval."""
    if bounds is None or not np.all(np.isfinite(bounds)):
        return {"value": value}
    return {"value": value, "low": bounds[0], "high": bounds[1]}


def worst(found: Mapping[str, Mapping[str, Any]], value: Value) -> str | None:
    """The label of the slice where `value` is worst, of those with enough pictures; the first of equals."""
    scored = [
        (label, own[value.name]["value"])
        for label, own in found.items()
        if own["pictures"] >= SMALLEST and value.name in own
    ]
    pick = max if value.lower_is_better else min
    return pick(scored, key=lambda item: item[1])[0] if scored else None
