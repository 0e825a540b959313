"""The nine emotion labels of ArtEmis, and the majority emotion of an artwork."""

import numpy as np

EMOTIONS = (
    "amusement",
    "awe",
    "contentment",
    "excitement",
    "anger",
    "disgust",
    "fear",
    "sadness",
    "something else",
)
IDS = {emotion: index for index, emotion in enumerate(EMOTIONS)}

POSITIVE = EMOTIONS[:4]
NEGATIVE = EMOTIONS[4:8]


def polarity(emotion: str) -> str:
    """`positive`, `negative` or `else` ("something else" belongs to neither)."""
    if emotion in POSITIVE:
        return "positive"
    return "negative" if emotion in NEGATIVE else "else"


NO_MAJORITY = -1


def at_least_half(counts: np.ndarray) -> np.ndarray:
    """The emotion of at least half of the votes; of two halves the first.

    What the analyses call dominance (`has_emotion_max_dominance`), where the winner of a
    tie depends on the version of pandas.
    """
    return np.where(2 * counts.max(1) >= counts.sum(1), counts.argmax(1), NO_MAJORITY)


def at_least_half_untied(counts: np.ndarray) -> np.ndarray:
    """The emotion of at least half of the votes, unless two share them: what emotional alignment is judged by."""
    return np.where(largest_untied(counts) == NO_MAJORITY, NO_MAJORITY, at_least_half(counts))


def more_than_half(counts: np.ndarray) -> np.ndarray:
    """The emotion of more than half of the votes: what the image classifier is judged by."""
    return np.where(2 * counts.max(1) > counts.sum(1), counts.argmax(1), NO_MAJORITY)


def largest_untied(counts: np.ndarray) -> np.ndarray:
    """The emotion with more votes than any other, however few."""
    return np.where((counts == counts.max(1, keepdims=True)).sum(1) == 1, counts.argmax(1), NO_MAJORITY)


def shares(counts: np.ndarray) -> np.ndarray:
    """The share of each emotion among an artwork's votes, float32 (N, 9)."""
    return (counts / counts.sum(1, keepdims=True)).astype(np.float32)


def entropy(counts: np.ndarray) -> np.ndarray:
    """Shannon entropy of each artwork's shares, in nats: 0 where all agree, ln 9 at most; (N,)."""
    share = counts / counts.sum(1, keepdims=True)
    return -(share * np.log(share, where=share > 0, out=np.zeros_like(share))).sum(1)


DEFINITIONS = {
    "at_least_half": at_least_half,
    "at_least_half_untied": at_least_half_untied,
    "more_than_half": more_than_half,
    "largest_untied": largest_untied,
}
