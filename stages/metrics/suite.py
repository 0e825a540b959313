"""The metrics that every system is scored by."""

from stages.metrics.judge import Suite
from stages.metrics.meteor import METEOR
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.wording import LENGTH, SIMILES_USED, distinct

METRICS = (BLEU, METEOR, ROUGE_L, CIDER, SIMILES_USED, LENGTH)


def suite(meteor: bool) -> Suite:
    """Everything, with METEOR or, since it is slow, without."""
    metrics = METRICS if meteor else tuple(metric for metric in METRICS if metric is not METEOR)
    return Suite(metrics=metrics, whole_sets=(distinct,))
