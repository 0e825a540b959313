"""Figures of the report: entropy of the annotators' emotions, by artwork, style and genre."""

from typing import Any

import pandas as pd

from stages.common.artworks import ARTWORK, genre_of
from stages.common.emotions import EMOTIONS

# Number of artworks of the lowest, and of the highest, entropy.
PICTURES = 6


def compute(histograms: pd.DataFrame, genres: pd.DataFrame, annotations: pd.DataFrame) -> dict[str, Any]:
    """Compute all figures; `agreed` and `divisive` are chosen among the artworks with a picture.

    Args:
        histograms: a row for each artwork: art_style, painting, counts, entropy.
        genres: art_style, painting, genre.
        annotations: art_style, painting, emotion, utterance, has_picture.
    """
    entropies = histograms["entropy"]
    with_picture = annotations.loc[annotations["has_picture"], ARTWORK].drop_duplicates()
    candidates = histograms.merge(with_picture, on=ARTWORK)
    return {
        "all": spread(entropies),
        "by_style": by_group(entropies, histograms["art_style"]),
        "by_genre": by_group(entropies, genre_of(histograms, genres)),
        "agreed": artworks(most_agreed(candidates, PICTURES), annotations),
        "divisive": artworks(most_divisive(candidates, PICTURES), annotations),
    }


def spread(entropies: pd.Series) -> dict[str, Any]:
    """Number of artworks, mean and median of their entropies."""
    return {"artworks": len(entropies), "mean": float(entropies.mean()), "median": float(entropies.median())}


def by_group(entropies: pd.Series, groups: pd.Series) -> dict[str, dict[str, Any]]:
    """`spread` of each group (style or genre), by ascending mean; artworks without a group are left out."""
    spreads = {str(group): spread(members) for group, members in entropies.groupby(groups.to_numpy())}
    return dict(sorted(spreads.items(), key=lambda item: (item[1]["mean"], item[0])))


def most_agreed(histograms: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The artworks of the lowest entropy; ties by descending number of votes, then by name."""
    return _first(histograms, limit, lowest=True)


def most_divisive(histograms: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The artworks of the highest entropy; ties by descending number of votes, then by name."""
    return _first(histograms, limit, lowest=False)


def _first(histograms: pd.DataFrame, limit: int, *, lowest: bool) -> pd.DataFrame:
    # The entropies of equal distributions may differ in the last bit.
    ranked = histograms.assign(rank=histograms["entropy"].round(9), votes=histograms["counts"].map(sum))
    ordered = ranked.sort_values(["rank", "votes", *ARTWORK], ascending=[lowest, False, True, True])
    return ordered.head(limit).drop(columns=["rank", "votes"])


def artworks(chosen: pd.DataFrame, annotations: pd.DataFrame) -> list[dict[str, Any]]:
    """Each chosen artwork with its votes above zero and all its (emotion, utterance) pairs."""
    rows = annotations.merge(chosen[ARTWORK], on=ARTWORK)
    pairs = {artwork: group[["emotion", "utterance"]].to_numpy().tolist() for artwork, group in rows.groupby(ARTWORK)}
    columns = (chosen[name] for name in [*ARTWORK, "entropy", "counts"])
    return [
        {
            "art_style": style,
            "painting": painting,
            "entropy": entropy,
            "votes": {emotion: int(n) for emotion, n in zip(EMOTIONS, counts, strict=True) if n},
            "said": pairs[style, painting],
        }
        for style, painting, entropy, counts in zip(*columns, strict=True)
    ]
