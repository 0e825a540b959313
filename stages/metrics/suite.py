"""The metrics that every system is scored by."""

from collections.abc import Sequence

from stages.metrics.alignment import alignment, divergence
from stages.metrics.diversity import LENGTH, diversity
from stages.metrics.emotion_judges import EmotionJudge
from stages.metrics.judge import Suite
from stages.metrics.meteor import METEOR
from stages.metrics.novelty import NOVELTY
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.self_bleu import M_BLEU
from stages.metrics.similes import SIMILES

QUICK = (BLEU, ROUGE_L, CIDER, SIMILES, LENGTH, NOVELTY)


def suite(meteor: bool, judges: Sequence[EmotionJudge] = (), seed: int = 0) -> Suite:
    """Everything, with METEOR or, since it is slow, without, and with what `judges` say of the captions' emotions.

    Args:
        seed: of the halves that people's votes are split into.
    """
    return Suite(
        metrics=(*((METEOR,) if meteor else ()), *QUICK, *map(alignment, judges)),
        of_samples=(M_BLEU, *((divergence(judges, seed),) if judges else ())),
        whole_sets=(diversity,),
    )
