"""The metrics that every system is scored by."""

from collections.abc import Sequence
from pathlib import Path

from stages.metrics.alignment import alignment, divergence
from stages.metrics.diversity import LENGTH, diversity
from stages.metrics.emotion_judges import JUDGES, EmotionJudge
from stages.metrics.interface import Value
from stages.metrics.judge import Suite, by_every
from stages.metrics.meteor import METEOR
from stages.metrics.novelty import NOVELTY, as_artemis
from stages.metrics.overlap import BLEU, CIDER
from stages.metrics.rouge import ROUGE_L
from stages.metrics.self_bleu import M_BLEU
from stages.metrics.similes import SIMILES
from stages.metrics.spice import spice

METRICS = (BLEU, METEOR, ROUGE_L, CIDER, SIMILES, LENGTH, NOVELTY)


def suite(*, meteor: bool, models: str = "", judges: Sequence[EmotionJudge] = (), seed: int = 0) -> Suite:
    """Everything; METEOR can be left out, since it is slow, SPICE needs its models, and emotions need judges.

    Args:
        seed: of the halves that people's votes are split into, and of ArtEmis' sample of utterances.
    """
    metrics = [metric for metric in METRICS if meteor or metric is not METEOR]
    return Suite(
        metrics=[*metrics, *([spice(Path(models))] if models else []), *map(alignment, judges)],
        of_samples=[M_BLEU, *([divergence(judges, seed)] if judges else [])],
        whole_sets=(diversity, as_artemis(seed)),
    )


def values() -> dict[Value, bool]:
    """Every value but those of whole sets, and whether a system can be better by it or is just another."""
    judges = [EmotionJudge(name, _unasked) for name in JUDGES]
    whole = suite(meteor=True, models="wherever", judges=judges)
    found: dict[Value, bool] = {}
    for metric in whole.metrics:
        found |= dict.fromkeys(metric.values, metric.against != "nothing")
        if metric.against == "references":
            found |= dict.fromkeys(map(by_every, metric.values), True)
    for several in whole.of_samples:
        found |= dict.fromkeys(several.values, False)
    return found


def _unasked(_: object) -> object:
    raise AssertionError("only the names of its values are wanted")
