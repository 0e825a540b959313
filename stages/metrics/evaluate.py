"""Evaluate one system: all metrics with intervals, beside shuffled captions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from stages.metrics.bootstrap import corpus_values, interval, resampled, totals
from stages.metrics.diversity import LENGTH, M_BLEU, SIMILES, diversity
from stages.metrics.emotion import JUDGES, EmotionJudge, alignment, divergence
from stages.metrics.interface import (
    CAPTIONS,
    NONE,
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
from stages.metrics.meteor import METEOR
from stages.metrics.novelty import NOVELTY, as_artemis
from stages.metrics.overlap import BLEU, CIDER, ROUGE_L
from stages.metrics.pairing import Sample, by_all, in_place, leaving_one_out, per_picture
from stages.metrics.permutation import Turns, sight
from stages.metrics.slices import described, slices, worst
from stages.metrics.spice import spice

# Before the names of what was judged by all references, as ArtEmis does; all else by n-1.
ALL = "all_references"
# Bootstrap resamples of the pictures, from which the 95 % intervals come.
RESAMPLES = 1000
# A slow metric is shuffled so many times less often.
SLOWER = 5


@dataclass(frozen=True)
class Suite:
    """The metrics of a run."""

    metrics: Sequence[Metric]
    of_samples: Sequence[OfSamples] = ()
    whole_sets: Sequence[WholeSet] = ()


@dataclass(frozen=True)
class Effort:
    """How many shuffles and bootstrap resamples are drawn; METEOR and SPICE get a fifth of the shuffles."""

    shuffles: int
    seed: int
    resamples: int = RESAMPLES

    @property
    def slow_shuffles(self) -> int:
        return self.shuffles // SLOWER


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


METRICS = (BLEU, METEOR, ROUGE_L, CIDER, SIMILES, LENGTH, NOVELTY)


def suite(*, meteor: bool, models: str = "", judges: Sequence[EmotionJudge] = (), seed: int = 0) -> Suite:
    """Everything; METEOR can be left out, since it is slow, SPICE needs its models, and emotions need judges.

    Args:
        seed: of the halves that people's votes are split into, and of ArtEmis' sample of utterances.
    """
    metrics = [metric for metric in METRICS if meteor or metric is not METEOR]
    return Suite(
        metrics=[*metrics, *([spice(Path(models))] if models else []), *map(alignment, judges)],
        of_samples=[M_BLEU, *([divergence(judges, seed)] if judges else [])],
        whole_sets=(diversity, as_artemis(seed)),
    )


def values() -> dict[Value, bool]:
    """Every value but those of whole sets, and whether a system can be better by it or is just another."""
    judges = [EmotionJudge(name, _unasked) for name in JUDGES]
    whole = suite(meteor=True, models="wherever", judges=judges)
    found: dict[Value, bool] = {}
    for metric in whole.metrics:
        found |= dict.fromkeys(metric.values, metric.against != "nothing")
        if metric.against == "references":
            found |= dict.fromkeys(map(by_every, metric.values), True)
    for several in whole.of_samples:
        found |= dict.fromkeys(several.values, False)
    return found


def _unasked(_: object) -> object:
    raise AssertionError("only the names of its values are wanted")


# In the order of the JSON; those that a run does not have are left out.
HEADLINE = (
    *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "meteor", "rouge_l", "cider", "spice"),
    *("similes", "length", "distinct.captions", "distinct.tokens"),
    *("alignment.at_least_half_untied", "alignment.cross_entropy", "novelty.lcs_share", "novelty.copied"),
    *("shuffled.bleu_4", "shuffled.rouge_l"),
    *(f"{ALL}.{name}" for name in ("bleu_1", "bleu_4", "meteor", "rouge_l")),
)
# What the slices are compared by; the worst is named by the first of them that there is.
SLICED = ("meteor", "rouge_l", "cider", "bleu_4")


def headline(judgement: Judgement, sample: Sample) -> dict[str, float]:
    """At most 25 numbers, `captions` and the mean counts of references among them."""
    chance = judgement.sight.get("overall", {})
    found = judgement.corpus() | {f"shuffled.{name}": one["shuffled"] for name, one in chance.items()}
    chosen = {name: found[name] for name in HEADLINE if name in found}
    each = sum(map(len, sample.references)) / len(sample)
    counts = {} if sample.human else {f"{ALL}.references": each}
    return {**chosen, **counts, "captions": len(sample), "references": each - 1}


def details(judgement: Judgement, sample: Sample, labels: Mapping[str, pd.Series], effort: Effort) -> dict[str, Any]:
    """Every value with its interval, sight, slices by each kind of label, and what could not be had."""
    bounds = intervals(judgement, effort)
    return {
        "pictures": len(sample),
        "values": {name: described(value, bounds.get(name)) for name, value in judgement.corpus().items()},
        "sight": judgement.sight,
        "slices": {kind: _sliced(judgement, of, effort) for kind, of in labels.items()},
        "unavailable": judgement.unavailable,
    }


def _sliced(judgement: Judgement, labels: pd.Series, effort: Effort) -> dict[str, Any]:
    chosen = sorted((one for one in judgement.values if one.name in SLICED), key=lambda one: SLICED.index(one.name))
    found = slices(chosen, judgement.columns, labels, effort.resamples, effort.seed)
    name = worst(found, chosen[0]) if chosen else None
    return {"worst": {"by": chosen[0].name, "slice": name} if name else None, "slices": found}


def pictures(judgement: Judgement, sample: Sample) -> pd.DataFrame:
    """One row per picture: its values by themselves, and the columns that corpus values are made of."""
    captions = pd.Series([None if sample.human else own[0] for own in sample.texts], dtype=object)
    columns = {name: one for name, one in judgement.columns.items() if name.rpartition(".")[2] != CAPTIONS}
    return sample.artworks.assign(caption=captions, **{**judgement.per_picture(), **columns})
