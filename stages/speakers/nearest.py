"""What was said before: the training utterance that has most in common with a caption."""

from collections.abc import Sequence
from dataclasses import dataclass

from stages.metrics.novelty import novelty


@dataclass(frozen=True)
class Nearest:
    """An utterance, and how many of the caption's tokens it holds in the same order, neighbours or not."""

    utterance: str
    shared: int
    tokens: int


def nearest(captions: Sequence[str], training: Sequence[str]) -> dict[str, Nearest]:
    """Of each distinct caption the first training utterance with the longest common subsequence."""
    distinct = list(dict.fromkeys(captions))
    found = novelty(distinct, training)
    return {
        caption: Nearest(utterance, int(shared), len(caption.split()))
        for caption, utterance, shared in zip(distinct, found["nearest"], found["lcs_max"], strict=True)
    }
