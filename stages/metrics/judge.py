"""All numbers of one system: its metrics with intervals and beside chance, and the columns of each picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import numpy as np

from stages.metrics.arrays import NONE
from stages.metrics.interface import (
    Columns,
    Context,
    Metric,
    OfSamples,
    Score,
    Trials,
    Unavailable,
    Value,
    WholeSet,
)
from stages.metrics.pairing import Sample
from stages.metrics.resampling import corpus_values, interval, resampled, totals
from stages.metrics.sight import Turns, sight
from stages.metrics.turns import by_all, in_place, leaving_one_out, per_picture

# Before the names of what was judged by all references, as ArtEmis does; all else by n-1.
ALL = "all_references"


@dataclass(frozen=True)
class Suite:
    """The metrics of a run."""

    metrics: Sequence[Metric]
    of_samples: Sequence[OfSamples] = ()
    whole_sets: Sequence[WholeSet] = ()


@dataclass(frozen=True)
class Effort:
    """How many shuffles and resamples are drawn."""

    shuffles: int
    slow_shuffles: int
    resamples: int
    seed: int


@dataclass
class Judgement:
    """What was found; `values` belong to `columns`, one row of which is one picture of the sample."""

    values: list[Value] = field(default_factory=list)
    columns: Columns = field(default_factory=dict)
    whole: dict[str, float] = field(default_factory=dict)
    sight: dict[str, dict[str, Any]] = field(default_factory=dict)
    # The name of each metric that could not be had, and why.
    unavailable: dict[str, str] = field(default_factory=dict)

    def corpus(self) -> dict[str, float]:
        """Every corpus value; one without a meaning (no caption qualified) is left out."""
        found = corpus_values(self.values, totals(self.columns))
        finite = {name: float(value) for name, value in found.items() if np.isfinite(value)}
        return {**finite, **self.whole}

    def per_picture(self) -> Columns:
        """The values of each picture by itself."""
        with np.errstate(invalid="ignore"):
            return corpus_values(self.values, self.columns)


def judge(sample: Sample, context: Context, suite: Suite, effort: Effort) -> Judgement:
    """Score `sample` by every metric of `suite` that can be had."""
    found = Judgement()
    for metric in suite.metrics:
        try:
            _judge_by(metric, found, sample, context, effort)
        except Unavailable as reason:
            found.unavailable[metric.name] = str(reason)
    for several in suite.of_samples:
        try:
            columns = several.columns(context, sample.texts)
        except Unavailable as reason:
            found.unavailable[several.values[0].name] = str(reason)
        else:
            found.values += several.values
            found.columns |= columns
    for whole in suite.whole_sets:
        rounds = [whole(context, texts) for texts in sample.rounds()]
        found.whole |= {name: _mean([one[name] for one in rounds]) for name in rounds[0]}
    return found


def _judge_by(metric: Metric, found: Judgement, sample: Sample, context: Context, effort: Effort) -> None:
    """Nothing is added to `found` before the metric has come through all that is asked of it."""
    score = metric.prepare(context)
    turns: Turns = leaving_one_out if metric.against == "references" else by_all
    values, columns = list(metric.values), _columns(score, turns(sample, in_place(sample)), sample)
    if metric.against == "references" and not sample.human:
        columns |= {
            f"{ALL}.{name}": one for name, one in _columns(score, by_all(sample, in_place(sample)), sample).items()
        }
        values += [by_every(value) for value in metric.values]
    seen = _sight(metric, score, sample, turns, effort)
    found.values += values
    found.columns |= columns
    for scope, by_value in seen.items():
        found.sight.setdefault(scope, {}).update(by_value)


def _columns(score: Score, trials: Trials, sample: Sample) -> Columns:
    return per_picture(score(trials), trials.picture, len(sample))


def by_every(value: Value) -> Value:
    """The same value, judged by all references."""
    return Value(f"{ALL}.{value.name}", tuple(f"{ALL}.{one}" for one in value.columns), value.of, value.lower_is_better)


def _sight(metric: Metric, score: Score, sample: Sample, turns: Turns, effort: Effort) -> dict[str, dict[str, Any]]:
    """Beside chance: over all pictures, within styles and, where the captions were grounded, within emotions.

    Of people, who said much of each picture, one utterance is shuffled.
    """
    shuffles = {"quick": effort.shuffles, "slow": effort.slow_shuffles, "once": 0}[metric.pace]
    if metric.against == "nothing" or not shuffles:
        return {}
    groups: dict[str, Sequence[Any]] = {
        "overall": [0] * len(sample),
        "within_style": sample.artworks["art_style"].tolist(),
    }
    if np.any(sample.asked != NONE):
        groups["within_emotion"] = sample.asked.tolist()
    one_each = sample.first_voice()
    return {
        scope: sight(metric.values, score, one_each, turns, labels, shuffles, effort.seed)
        for scope, labels in groups.items()
    }


def intervals(judgement: Judgement, effort: Effort) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval of each corpus value that sums of columns give."""
    drawn = resampled(judgement.values, judgement.columns, effort.resamples, effort.seed)
    return {name: interval(values) for name, values in drawn.items()}


def _mean(values: Sequence[float]) -> float:
    # A single value stays as it is, so that a count remains a whole number.
    return values[0] if len(values) == 1 else fmean(values)
