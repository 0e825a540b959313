"""What is told of a judgement: the few numbers that people compare, everything else, and the single pictures."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.metrics.interface import CAPTIONS
from stages.metrics.judge import ALL, Effort, Judgement, intervals
from stages.metrics.pairing import Sample
from stages.metrics.slices import described, slices, worst

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
