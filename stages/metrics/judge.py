"""All metrics of one system: the numbers that people compare, and the values of each caption."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import pandas as pd

from stages.metrics.interface import Context, Metric, together
from stages.metrics.overlap import bleu, rouge_l
from stages.metrics.pairing import Sample
from stages.metrics.shuffle import shuffled
from stages.metrics.wording import distinct, lengths, similes

REFERENCE_BASED: tuple[Metric, ...] = (bleu, rouge_l)
OF_CAPTIONS_ALONE: tuple[Metric, ...] = (similes, lengths, distinct)
# The values that are computed for shuffled captions too.
SHUFFLED = ("bleu_4", "rouge_l")


@dataclass(frozen=True)
class Judgement:
    """`corpus`: nested finite numbers in a stable order; `captions`: one row per caption scored."""

    corpus: dict[str, Any]
    captions: pd.DataFrame


def judge(samples: Sequence[Sample], shuffles: int, seed: int) -> Judgement:
    """Score every sample on its own and average: a system has one sample, the humans one per round."""
    scored = [_score(sample, shuffles, seed) for sample in samples]
    names = scored[0][0]
    corpus = {name: _mean([values[name] for values, _ in scored]) for name in names}
    corpus["captions"] = len(samples[0])
    corpus["references"] = fmean(len(own) for sample in samples for own in sample.references)
    return Judgement(nest(corpus), pd.concat([table for _, table in scored], ignore_index=True))


def _score(sample: Sample, shuffles: int, seed: int) -> tuple[dict[str, float], pd.DataFrame]:
    context = Context(sample.references)
    by_references = together(REFERENCE_BASED)(context)
    judged = by_references(sample.hypotheses)
    wording = together(OF_CAPTIONS_ALONE)(context)(sample.hypotheses)
    by_chance = shuffled(by_references, sample.hypotheses, SHUFFLED, shuffles, seed)
    corpus = judged.corpus | wording.corpus | {f"shuffled.{name}": value for name, value in by_chance.items()}
    table = sample.artworks.assign(caption=sample.hypotheses, **judged.per_caption, **wording.per_caption)
    columns = [name for name in table if name != "simile"]
    return corpus, table[[*columns, "simile"]]


def _mean(values: Sequence[float]) -> float:
    # A single value stays as it is, so that a count remains a whole number.
    return values[0] if len(values) == 1 else fmean(values)


def nest(values: dict[str, float]) -> dict[str, Any]:
    """`{"distinct.tokens": 3}` becomes `{"distinct": {"tokens": 3}}`; the order stays."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        group, _, last = name.rpartition(".")
        (nested.setdefault(group, {}) if group else nested)[last] = value
    return nested
