"""Agreement between annotators, beyond what chance would give.

Krippendorff's alpha for nominal data (Krippendorff, Content Analysis, 2004, chapter 11):
1 - observed disagreement / expected disagreement; 1 is perfect agreement, 0 is chance.
Votes are counted by artwork and label, (artworks, labels).
"""

from math import comb
from typing import Any

import numpy as np
import pandas as pd


def alpha(counts: np.ndarray) -> float | None:
    """Krippendorff's alpha of votes (artworks, labels).

    None where it is not defined: if all votes are for one label, or if fewer than two artworks have
    several votes. The only vote of an artwork has no pair and is left out.
    """
    paired = counts[counts.sum(1) > 1].astype(np.float64)
    votes, labels = paired.sum(1), paired.sum(0)
    total = labels.sum()
    if len(paired) < 2:
        return None
    disagreeing = (votes**2 - (paired**2).sum(1)) / (votes - 1)
    expected = (total**2 - (labels**2).sum()) / (total - 1)
    return float(1 - disagreeing.sum() / expected) if expected else None


def alpha_by_group(counts: np.ndarray, groups: pd.Series) -> dict[str, float | None]:
    """Alpha within each group of artworks, by the group's name."""
    codes, names = pd.factorize(groups, sort=True)
    return {str(name): alpha(counts[codes == code]) for code, name in enumerate(names)}


def pairwise(counts: np.ndarray) -> float | None:
    """The share of pairs of annotators who chose the same label, averaged over artworks; None without a pair."""
    paired = counts[counts.sum(1) > 1].astype(np.float64)
    if not len(paired):
        return None
    votes = paired.sum(1)
    return float(((paired * (paired - 1)).sum(1) / (votes * (votes - 1))).mean())


def at_random(counts: np.ndarray) -> dict[str, Any]:
    """The chance level: every annotator draws a label from the overall distribution of labels.

    `pairwise` is the probability that two annotators agree; `dominance` the expected share of artworks,
    with as many votes as each has, where one label gets at least half.
    """
    shares = counts.sum(0) / counts.sum()
    sizes, artworks = np.unique(counts.sum(1), return_counts=True)
    dominated = [_dominated(int(size), shares) for size in sizes]
    return {
        "pairwise": float((shares**2).sum()),
        "dominance": float(np.average(dominated, weights=artworks)),
    }


def _dominated(votes: int, shares: np.ndarray) -> float:
    """The probability that some label gets at least half of so many votes.

    Two labels can do so only together, each with exactly half: these cases are counted twice, and subtracted once.
    """
    half = -(-votes // 2)
    single = sum(comb(votes, k) * (shares**k * (1 - shares) ** (votes - k)).sum() for k in range(half, votes + 1))
    halves = shares**half
    pairs = (halves.sum() ** 2 - (halves**2).sum()) / 2
    return float(single - (0 if votes % 2 else comb(votes, half) * pairs))
