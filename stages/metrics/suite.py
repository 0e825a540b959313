"""The metrics of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stages.metrics.diversity import LENGTH, M_BLEU, SIMILES, diversity
from stages.metrics.emotion import JUDGES, EmotionJudge, alignment, divergence
from stages.metrics.interface import Metric, SampledMetric, SetMetric, Value
from stages.metrics.meteor import metric as meteor_metric
from stages.metrics.novelty import NOVELTY, artemis_novelty
from stages.metrics.overlap import BLEU, CIDER, ROUGE_L
from stages.metrics.spice import spice

METRICS = (BLEU, ROUGE_L, CIDER, SIMILES, LENGTH, NOVELTY)
# Prefix of the values computed with all references, as in ArtEmis; values without it leave one out.
ALL = "all_references"


@dataclass(frozen=True)
class Suite:
    """Metrics of single captions, of all captions sampled for a picture, and of the set of all captions."""

    metrics: Sequence[Metric]
    sampled: Sequence[SampledMetric] = ()
    of_set: Sequence[SetMetric] = ()


def suite(
    *, meteor: Literal["python", "java", "none"], models: str = "", judges: Sequence[EmotionJudge] = (), seed: int = 0
) -> Suite:
    """All metrics that the arguments allow.

    Args:
        meteor: the program that computes METEOR, this study's or pycocoevalcap's in Java; or none.
        models: the folder of SPICE's language models; empty: no SPICE.
        judges: the classifiers that judge emotional alignment.
        seed: of the splits of votes into halves, and of ArtEmis' sample of captions and utterances.
    """
    first, *others = METRICS
    return Suite(
        metrics=[
            first,
            *([] if meteor == "none" else [meteor_metric.metric(meteor)]),
            *others,
            *([spice(Path(models))] if models else []),
            *map(alignment, judges),
        ],
        sampled=[M_BLEU, *([divergence(judges, seed)] if judges else [])],
        of_set=(diversity, artemis_novelty(seed)),
    )


def with_all(value: Value) -> Value:
    """The same value, computed with all references."""
    columns = tuple(f"{ALL}.{column}" for column in value.columns)
    return Value(f"{ALL}.{value.name}", columns, value.from_sums, value.lower_is_better)


def comparable_values() -> dict[Value, bool]:
    """Every value computed from columns, and true if a system can be better by it, false if it is a mere property."""
    judges = [EmotionJudge(name, _no_prediction) for name in JUDGES]
    everything = suite(meteor="python", models="any folder", judges=judges)
    values: dict[Value, bool] = {}
    for metric in everything.metrics:
        values |= dict.fromkeys(metric.values, metric.against != "nothing")
        if metric.against == "references":
            values |= dict.fromkeys(map(with_all, metric.values), True)
    for sampled in everything.sampled:
        values |= dict.fromkeys(sampled.values, False)
    return values


def _no_prediction(_: object) -> object:
    raise AssertionError("these judges only provide the names of their values")
