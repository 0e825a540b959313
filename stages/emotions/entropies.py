"""How divided annotators are: the entropy of each artwork's emotions, in nats, and the artworks at both ends."""

from typing import Any

import pandas as pd

ARTWORK = ["art_style", "painting"]


def spread(entropies: pd.Series) -> dict[str, Any]:
    """Number of artworks, mean and median of their entropies."""
    return {"artworks": len(entropies), "mean": float(entropies.mean()), "median": float(entropies.median())}


def by_group(entropies: pd.Series, groups: pd.Series) -> dict[str, dict[str, Any]]:
    """The same for each group (style or genre), the most agreed on first; artworks without a group are left out."""
    found = {str(group): spread(own) for group, own in entropies.groupby(groups.to_numpy())}
    return dict(sorted(found.items(), key=lambda item: (item[1]["mean"], item[0])))


def most_agreed(histograms: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The artworks of the lowest entropy; of equal ones those with the most votes, then by name."""
    return _first(histograms, limit, lowest=True)


def most_divisive(histograms: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The artworks of the highest entropy; of equal ones those with the most votes, then by name."""
    return _first(histograms, limit, lowest=False)


def _first(histograms: pd.DataFrame, limit: int, *, lowest: bool) -> pd.DataFrame:
    # Equal distributions may differ in the last bit of their entropies.
    ranked = histograms.assign(rank=histograms["entropy"].round(9), votes=histograms["counts"].map(sum))
    ordered = ranked.sort_values(["rank", "votes", *ARTWORK], ascending=[lowest, False, True, True])
    return ordered.head(limit).drop(columns=["rank", "votes"])
