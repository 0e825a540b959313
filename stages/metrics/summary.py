"""Summary of an evaluation: the headline numbers, all details with intervals and slices, and the scored pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.metrics.bootstrap import corpus_values, interval, resampled, totals
from stages.metrics.emotion import MAJORITY
from stages.metrics.evaluate import Evaluation, Resampling
from stages.metrics.interface import CAPTIONS, Columns, Value
from stages.metrics.judge_errors import corrections
from stages.metrics.pairing import Sample
from stages.metrics.suite import ALL

# In the order of the JSON; values that a run does not have are left out.
HEADLINE = (
    *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "meteor", "rouge_l", "cider", "spice"),
    *("similes", "length", "distinct.captions", "distinct.tokens"),
    *("alignment.at_least_half_untied", "alignment.cross_entropy", "novelty.lcs_share", "novelty.copied"),
    *("shuffled.bleu_4", "shuffled.rouge_l"),
    *(f"{ALL}.{name}" for name in ("bleu_1", "bleu_4", "meteor", "rouge_l")),
)
# Values of the slices; the worst slice is that of the first value available.
SLICED = ("meteor", "rouge_l", "cider", "bleu_4")
# A slice of fewer pictures is shown but never called the worst, since its scores are mostly chance.
SMALLEST = 5


def headline(evaluation: Evaluation, sample: Sample) -> dict[str, float]:
    """At most 25 numbers, `captions` and the mean numbers of references among them."""
    chance = evaluation.chance.get("overall", {})
    values = evaluation.corpus() | {f"shuffled.{name}": test["shuffled"] for name, test in chance.items()}
    chosen = {name: values[name] for name in HEADLINE if name in values}
    references = sum(map(len, sample.references)) / len(sample)
    every = {} if sample.human else {f"{ALL}.references": references}
    return {**chosen, **every, "captions": len(sample), "references": references - 1}


def details(
    evaluation: Evaluation,
    sample: Sample,
    labels: Mapping[str, pd.Series],
    resampling: Resampling,
    reliable: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Every value with its interval, the chance level, the slices by each kind of label, and unavailable metrics.

    Args:
        reliable: what `judge_errors.reliability` found, for the alignment corrected by it.
    """
    bounds = evaluation.intervals(resampling)
    values = {name: _with_interval(value, bounds.get(name)) for name, value in evaluation.corpus().items()}
    aligned = {judge: figures for judge, figures in reliable.items() if f"{judge}.{MAJORITY}" in values}
    return {
        "pictures": len(sample),
        "values": values | corrections(evaluation.columns, aligned, resampling.resamples, resampling.seed),
        "judges": reliable,
        "sight": evaluation.chance,
        "slices": {kind: _sliced(evaluation, series, resampling) for kind, series in labels.items()},
        "unavailable": evaluation.unavailable,
    }


def _sliced(evaluation: Evaluation, labels: pd.Series, resampling: Resampling) -> dict[str, Any]:
    values = sorted(
        (value for value in evaluation.values if value.name in SLICED), key=lambda value: SLICED.index(value.name)
    )
    scores = slices(values, evaluation.columns, labels, resampling.resamples, resampling.seed)
    name = worst(scores, values[0]) if values else None
    return {"worst": {"by": values[0].name, "slice": name} if name else None, "slices": scores}


def slices(
    values: Sequence[Value], columns: Columns, labels: pd.Series, resamples: int, seed: int
) -> dict[str, dict[str, Any]]:
    """For each label, sorted: the number of pictures, and each value with its 95 % interval.

    Args:
        labels: the label of each picture, (N,); missing for a picture of no slice.
    """
    scores: dict[str, dict[str, Any]] = {}
    for label in sorted(labels.dropna().unique()):
        rows = np.flatnonzero((labels == label).to_numpy(bool, na_value=False))
        part = {name: column[rows] for name, column in columns.items()}
        drawn = resampled(values, part, resamples, seed)
        scores[label] = {"pictures": len(rows)} | {
            name: _with_interval(float(value), interval(drawn[name]))
            for name, value in corpus_values(values, totals(part)).items()
            if np.isfinite(value)
        }
    return scores


def worst(scores: Mapping[str, Mapping[str, Any]], value: Value) -> str | None:
    """The label of the slice with the worst `value`, among those with enough pictures; the first of equals."""
    candidates = [
        (label, slice_[value.name]["value"])
        for label, slice_ in scores.items()
        if slice_["pictures"] >= SMALLEST and value.name in slice_
    ]
    pick = max if value.lower_is_better else min
    return pick(candidates, key=lambda item: item[1])[0] if candidates else None


def _with_interval(value: float, bounds: tuple[float, float] | None) -> dict[str, float]:
    if bounds is None or not np.all(np.isfinite(bounds)):
        return {"value": value}
    return {"value": value, "low": bounds[0], "high": bounds[1]}


def picture_table(evaluation: Evaluation, sample: Sample) -> pd.DataFrame:
    """One row per picture: its values, and the columns from which corpus values are computed."""
    captions = pd.Series([None if sample.human else texts[0] for texts in sample.texts], dtype=object)
    columns = {name: column for name, column in evaluation.columns.items() if name.rpartition(".")[2] != CAPTIONS}
    # One frame of all numbers: pandas advises against inserting a hundred columns one by one.
    numbers = pd.DataFrame({**evaluation.per_picture(), **columns}, index=sample.artworks.index)
    return pd.concat([sample.artworks.assign(caption=captions), numbers], axis=1)
