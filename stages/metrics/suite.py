"""The metrics that every system is scored by."""

from pathlib import Path

from stages.metrics.judge import Suite
from stages.metrics.meteor import METEOR
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.spice import spice
from stages.metrics.wording import LENGTH, SIMILES_USED, distinct

METRICS = (BLEU, METEOR, ROUGE_L, CIDER, SIMILES_USED, LENGTH)


def suite(*, meteor: bool, models: str = "") -> Suite:
    """Everything; METEOR can be left out, since it is slow, and SPICE needs its models."""
    metrics = [metric for metric in METRICS if meteor or metric is not METEOR]
    return Suite(metrics=[*metrics, *([spice(Path(models))] if models else [])], whole_sets=(distinct,))
