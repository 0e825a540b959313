"""The nine emotion labels of ArtEmis, and an artwork's emotion by its votes: majority rules, shares, entropy."""

import numpy as np

# Their order is that of the ids in every table and model.
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
NO_MAJORITY = -1
# What a person can ask a grounded speaker for: an emotion, a caption for each of them, or one without any.
ALL, NONE = "all", "none"
CHOICES = (*EMOTIONS, ALL, NONE)


def polarity(emotion: str) -> str:
    """`positive`, `negative` or `else` ("something else" belongs to neither)."""
    if emotion in POSITIVE:
        return "positive"
    return "negative" if emotion in NEGATIVE else "else"


# The majority rules map vote counts (N, 9) to emotion ids (N,), NO_MAJORITY where the rule names none.


def at_least_half(counts: np.ndarray) -> np.ndarray:
    """The emotion with at least half of the votes; of two halves the first.

    The analyses' dominant emotion (`has_emotion_max_dominance`), whose choice in a tie
    depends on the version of pandas.
    """
    return np.where(2 * counts.max(1) >= counts.sum(1), counts.argmax(1), NO_MAJORITY)


def at_least_half_untied(counts: np.ndarray) -> np.ndarray:
    """The emotion with at least half of the votes, none where two share them: the rule of emotional alignment."""
    return np.where(largest_untied(counts) == NO_MAJORITY, NO_MAJORITY, at_least_half(counts))


def more_than_half(counts: np.ndarray) -> np.ndarray:
    """The emotion with more than half of the votes: the rule of the image classifier's accuracy."""
    return np.where(2 * counts.max(1) > counts.sum(1), counts.argmax(1), NO_MAJORITY)


def largest_untied(counts: np.ndarray) -> np.ndarray:
    """The emotion with more votes than any other, however few."""
    return np.where((counts == counts.max(1, keepdims=True)).sum(1) == 1, counts.argmax(1), NO_MAJORITY)


DEFINITIONS = {
    "at_least_half": at_least_half,
    "at_least_half_untied": at_least_half_untied,
    "more_than_half": more_than_half,
    "largest_untied": largest_untied,
}


def shares(counts: np.ndarray) -> np.ndarray:
    """Share of each emotion among an artwork's votes, float32 (N, 9)."""
    return (counts / counts.sum(1, keepdims=True)).astype(np.float32)


def entropy(counts: np.ndarray) -> np.ndarray:
    """Shannon entropy of each artwork's shares (N,), in nats: 0 where all agree, at most ln 9."""
    share = counts / counts.sum(1, keepdims=True)
    return -(share * np.log(share, where=share > 0, out=np.zeros_like(share))).sum(1)
