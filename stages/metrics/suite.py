"""The metrics that every system is scored by."""

from stages.metrics.diversity import LENGTH, diversity
from stages.metrics.judge import Suite
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.self_bleu import M_BLEU
from stages.metrics.similes import SIMILES

SUITE = Suite(metrics=(BLEU, ROUGE_L, CIDER, SIMILES, LENGTH), of_samples=(M_BLEU,), whole_sets=(diversity,))
