"""The metrics that every system is scored by."""

from stages.metrics.judge import Suite
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.wording import LENGTH, SIMILES_USED, distinct

SUITE = Suite(metrics=(BLEU, ROUGE_L, CIDER, SIMILES_USED, LENGTH), whole_sets=(distinct,))
