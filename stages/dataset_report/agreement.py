"""How far annotators agree, beyond what chance would give.

Krippendorff's alpha for nominal data (Krippendorff, Content Analysis, 2004, chapter 11):
1 - observed disagreement / expected disagreement; 1 is perfect agreement, 0 is chance.
"""

from math import comb
from typing import Any

import numpy as np
import pandas as pd


def alpha(counts: np.ndarray) -> float | None:
    """Krippendorff's alpha of votes (N, labels).

    None where it says nothing: with a single label, or with less than two artworks of
    several votes, as one alone is its own expectation. A vote that is its artwork's only
    one can be compared with nobody's and is left out.
    """
    paired = counts[counts.sum(1) > 1].astype(np.float64)
    votes, labels = paired.sum(1), paired.sum(0)
    total = labels.sum()
    if len(paired) < 2:
        return None
    disagreeing = (votes**2 - (paired**2).sum(1)) / (votes - 1)
    expected = (total**2 - (labels**2).sum()) / (total - 1)
    return float(1 - disagreeing.sum() / expected) if expected else None


def pairwise(counts: np.ndarray) -> float | None:
    """The share of pairs of annotators of the same artwork who chose the same label; each artwork weighs the same."""
    paired = counts[counts.sum(1) > 1].astype(np.float64)
    if not len(paired):
        return None
    votes = paired.sum(1)
    return float(((paired * (paired - 1)).sum(1) / (votes * (votes - 1))).mean())


def alpha_by_group(counts: np.ndarray, groups: pd.Series) -> dict[str, float | None]:
    """Alpha within each group of artworks, by name."""
    codes, names = pd.factorize(groups, sort=True)
    return {str(name): alpha(counts[codes == code]) for code, name in enumerate(names)}


def at_random(counts: np.ndarray) -> dict[str, Any]:
    """What annotators would reach who did not look: each draws from the labels' overall shares.

    `pairwise` is how often two of them agree; `dominance` the expected share of artworks,
    with as many votes each as there are, of which at least half would go to one label.
    """
    shares = counts.sum(0) / counts.sum()
    sizes, artworks = np.unique(counts.sum(1), return_counts=True)
    dominated = [_dominated(int(size), shares) for size in sizes]
    return {
        "pairwise": float((shares**2).sum()),
        "dominance": float(np.average(dominated, weights=artworks)),
    }


def _dominated(votes: int, shares: np.ndarray) -> float:
    """The probability that one of the labels gets at least half of so many votes.

    Two labels do so at once only where each gets exactly half.
    """
    half = -(-votes // 2)
    single = sum(comb(votes, k) * (shares**k * (1 - shares) ** (votes - k)).sum() for k in range(half, votes + 1))
    halves = shares**half
    pairs = (halves.sum() ** 2 - (halves**2).sum()) / 2
    return float(single - (0 if votes % 2 else comb(votes, half) * pairs))
