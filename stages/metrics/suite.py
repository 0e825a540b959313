"""The metrics that every system is scored by."""

from collections.abc import Sequence

from stages.metrics.alignment import alignment, divergence
from stages.metrics.diversity import LENGTH, diversity
from stages.metrics.emotion_judges import EmotionJudge
from stages.metrics.judge import Suite
from stages.metrics.novelty import NOVELTY
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.self_bleu import M_BLEU
from stages.metrics.similes import SIMILES

SUITE = Suite(metrics=(BLEU, ROUGE_L, CIDER, SIMILES, LENGTH, NOVELTY), of_samples=(M_BLEU,), whole_sets=(diversity,))


def with_emotions(judges: Sequence[EmotionJudge], seed: int) -> Suite:
    """The suite where people's emotions are known and judges of a caption's emotion are at hand."""
    return Suite(
        metrics=(*SUITE.metrics, *map(alignment, judges)),
        of_samples=(*SUITE.of_samples, divergence(judges, seed)),
        whole_sets=SUITE.whole_sets,
    )
