"""What the annotators of each artwork chose together: polarity, mixed feelings, dominance.

Counts are (N, 9), a row per artwork, in the order of EMOTIONS.
"""

from typing import Any

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS, polarity
from stages.histograms.majority import NONE, at_least_half, entropy

POLARITIES = ("positive", "negative", "else")
# (9, 3): which polarity each emotion has.
_POLAR = np.array([[polarity(emotion) == name for name in POLARITIES] for emotion in EMOTIONS], int)


def polarities(counts: np.ndarray) -> np.ndarray:
    """Votes for each polarity, (N, 3)."""
    return counts @ _POLAR


def shares(votes: np.ndarray) -> list[float]:
    """The share of each column among all votes."""
    total = votes.sum(0)
    return [float(one) for one in total / total.sum()]


def mixed_feelings(counts: np.ndarray) -> dict[str, float]:
    """The share of artworks that drew positive and negative emotions, and any two of the three polarities."""
    found = polarities(counts) > 0
    return {
        "positive_and_negative": float((found[:, 0] & found[:, 1]).mean()),
        "two_polarities": float((found.sum(1) > 1).mean()),
    }


def dominance(counts: np.ndarray) -> dict[str, Any]:
    """How many artworks have an emotion that at least half of their annotators chose, and which it is.

    `share_of_annotations` divides an emotion's artworks by the annotations with it, as ArtEmis does.
    """
    winner = at_least_half(counts)
    artworks = np.bincount(winner[winner != NONE], minlength=len(EMOTIONS))
    votes = counts.sum(0)
    return {
        "artworks": int(artworks.sum()),
        "share": float(artworks.sum() / len(counts)),
        "by_emotion": {
            emotion: {"artworks": int(n), "share_of_annotations": float(n / all_of) if all_of else 0.0}
            for emotion, n, all_of in zip(EMOTIONS, artworks, votes, strict=True)
        },
    }


def by_group(counts: np.ndarray, groups: pd.Series) -> dict[str, dict[str, Any]]:
    """The same for each group of artworks (style or genre), by name: sizes, shares, dominance, entropy of polarity.

    Artworks without a group are left out.
    """
    codes, names = pd.factorize(groups, sort=True)
    return {str(name): _group(counts[codes == code]) for code, name in enumerate(names)}


def _group(counts: np.ndarray) -> dict[str, Any]:
    return {
        "artworks": len(counts),
        "annotations": int(counts.sum()),
        "emotions": dict(zip(EMOTIONS, shares(counts), strict=True)),
        "polarities": dict(zip(POLARITIES, shares(polarities(counts)), strict=True)),
        "dominance": float((at_least_half(counts) != NONE).mean()),
        "polarity_entropy": float(entropy(polarities(counts).sum(0, keepdims=True))[0]),
    }
