"""Evaluate one system: score its captions by every metric of a suite, beside the chance level."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import numpy as np

from stages.metrics.bootstrap import corpus_values, interval, resampled, totals
from stages.metrics.interface import NONE, Columns, Context, Metric, Pairings, SampledMetric, Score, Unavailable, Value
from stages.metrics.pairing import Sample, leave_one_out, per_picture, unshuffled, with_all_references
from stages.metrics.permutation import Pairing, against_chance
from stages.metrics.suite import ALL, Suite, with_all

# Bootstrap resamples of the pictures, for the 95 % intervals.
RESAMPLES = 1000
# Slow metrics get this fraction of the shuffles.
FEW = 5


@dataclass(frozen=True)
class Resampling:
    """The number of shuffles and of bootstrap resamples, and their seed."""

    shuffles: int
    seed: int
    resamples: int = RESAMPLES

    def shuffles_of(self, metric: Metric) -> int:
        """The number of shuffles of a metric; 0 where shuffling has no effect."""
        if metric.against == "nothing":
            return 0
        return {"all": self.shuffles, "few": self.shuffles // FEW, "none": 0}[metric.shuffles]


@dataclass
class Evaluation:
    """The scores of a sample; row i of `columns` belongs to its picture i."""

    values: list[Value] = field(default_factory=list)
    columns: Columns = field(default_factory=dict)
    # Values of the set of all captions, by name.
    of_set: dict[str, float] = field(default_factory=dict)
    # By scope and value: the result of `against_chance`.
    chance: dict[str, dict[str, Any]] = field(default_factory=dict)
    # The name of each metric that could not be computed, and the reason.
    unavailable: dict[str, str] = field(default_factory=dict)

    def corpus(self) -> dict[str, float]:
        """Every corpus value by name; undefined ones (no caption qualified) are left out."""
        values = corpus_values(self.values, totals(self.columns))
        finite = {name: float(value) for name, value in values.items() if np.isfinite(value)}
        return {**finite, **self.of_set}

    def per_picture(self) -> Columns:
        """The values of each picture alone, (N,) each."""
        with np.errstate(invalid="ignore"):
            return corpus_values(self.values, self.columns)

    def intervals(self, resampling: Resampling) -> dict[str, tuple[float, float]]:
        """The 95 % bootstrap interval of each corpus value that is computed from columns."""
        values = resampled(self.values, self.columns, resampling.resamples, resampling.seed)
        return {name: interval(drawn) for name, drawn in values.items()}


def evaluate(sample: Sample, context: Context, suite: Suite, resampling: Resampling) -> Evaluation:
    """Score `sample` by every available metric of `suite`; unavailable ones are listed with the reason."""
    evaluation = Evaluation()
    for metric in suite.metrics:
        try:
            _add_metric(evaluation, metric, sample, context, resampling)
        except Unavailable as reason:
            evaluation.unavailable[metric.name] = str(reason)
    for sampled in suite.sampled:
        try:
            _add_sampled(evaluation, sampled, sample, context)
        except Unavailable as reason:
            evaluation.unavailable[sampled.values[0].name] = str(reason)
    for of_set in suite.of_set:
        rounds = [of_set(context, texts) for texts in sample.rounds()]
        evaluation.of_set |= {name: _mean([values[name] for values in rounds]) for name in rounds[0]}
    return evaluation


def _add_metric(
    evaluation: Evaluation, metric: Metric, sample: Sample, context: Context, resampling: Resampling
) -> None:
    """Change `evaluation` only after everything is computed, so that an unavailable metric leaves no trace."""
    score = metric.prepare(context)
    pairing: Pairing = leave_one_out if metric.against == "references" else with_all_references
    values, columns = list(metric.values), _columns(score, pairing(sample, unshuffled(sample)), sample)
    if metric.against == "references" and not sample.human:
        with_every = _columns(score, with_all_references(sample, unshuffled(sample)), sample)
        columns |= {f"{ALL}.{name}": column for name, column in with_every.items()}
        values += map(with_all, metric.values)
    chance = _chance(metric, score, sample, pairing, resampling)
    evaluation.values += values
    evaluation.columns |= columns
    for scope, tests in chance.items():
        evaluation.chance.setdefault(scope, {}).update(tests)


def _columns(score: Score, pairings: Pairings, sample: Sample) -> Columns:
    return per_picture(score(pairings), pairings.picture, len(sample))


def _chance(
    metric: Metric, score: Score, sample: Sample, pairing: Pairing, resampling: Resampling
) -> dict[str, dict[str, Any]]:
    """Shuffles among all pictures, within styles and, for grounded captions, within emotions.

    Of the human utterances about a picture, only the first is shuffled.
    """
    shuffles = resampling.shuffles_of(metric)
    if not shuffles:
        return {}
    groups: dict[str, Sequence[Any]] = {
        "overall": [0] * len(sample),
        "within_style": sample.artworks["art_style"].tolist(),
    }
    if np.any(sample.grounding != NONE):
        groups["within_emotion"] = sample.grounding.tolist()
    first = sample.first_texts()
    return {
        scope: against_chance(metric.values, score, first, pairing, labels, shuffles, resampling.seed)
        for scope, labels in groups.items()
    }


def _add_sampled(evaluation: Evaluation, metric: SampledMetric, sample: Sample, context: Context) -> None:
    columns = metric.columns(context, sample.texts)
    evaluation.values += metric.values
    evaluation.columns |= columns


def _mean(values: Sequence[float]) -> float:
    # A single value is returned as it is, so that a count stays an integer in the JSON.
    return values[0] if len(values) == 1 else fmean(values)
