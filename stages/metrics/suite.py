"""The metrics that every system is scored by."""

from stages.metrics.judge import Suite
from stages.metrics.meteor import METEOR
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.wording import LENGTH, SIMILES_USED, distinct

QUICK = (BLEU, ROUGE_L, CIDER, SIMILES_USED, LENGTH)


def suite(meteor: bool) -> Suite:
    """Everything, with METEOR or, since it is slow, without."""
    return Suite(metrics=(METEOR, *QUICK) if meteor else QUICK, whole_sets=(distinct,))
