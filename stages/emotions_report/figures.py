"""Figures of the page: how divided annotators are, by artwork, style and genre."""

from typing import Any

import pandas as pd

from stages.common.artworks import genre_of
from stages.common.emotions import EMOTIONS

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


PICTURES = 6


def figures(histograms: pd.DataFrame, genres: pd.DataFrame, annotations: pd.DataFrame) -> dict[str, Any]:
    """What the page tells.

    Args:
        histograms: a row for each artwork: art_style, painting, counts, entropy.
        genres: art_style, painting, genre.
        annotations: art_style, painting, emotion, utterance, has_picture.
    """
    entropies = histograms["entropy"]
    pictured = annotations.loc[annotations["has_picture"], ARTWORK].drop_duplicates()
    shown = histograms.merge(pictured, on=ARTWORK)
    return {
        "all": spread(entropies),
        "by_style": by_group(entropies, histograms["art_style"]),
        "by_genre": by_group(entropies, genre_of(histograms, genres)),
        "agreed": artworks(most_agreed(shown, PICTURES), annotations),
        "divisive": artworks(most_divisive(shown, PICTURES), annotations),
    }


def artworks(chosen: pd.DataFrame, annotations: pd.DataFrame) -> list[dict[str, Any]]:
    """Each with its votes for the emotions that it drew, and all that people said of it."""
    said = annotations.merge(chosen[ARTWORK], on=ARTWORK)
    told = {artwork: rows[["emotion", "utterance"]].to_numpy().tolist() for artwork, rows in said.groupby(ARTWORK)}
    columns = (chosen[name] for name in [*ARTWORK, "entropy", "counts"])
    return [
        {
            "art_style": style,
            "painting": painting,
            "entropy": entropy,
            "votes": {emotion: int(n) for emotion, n in zip(EMOTIONS, counts, strict=True) if n},
            "said": told[style, painting],
        }
        for style, painting, entropy, counts in zip(*columns, strict=True)
    ]
