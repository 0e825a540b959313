"""All figures of the page `emotions`, as one nested dict of plain values."""

from typing import Any

import pandas as pd

from stages.annotations.genres import genre_of
from stages.common.emotions import EMOTIONS
from stages.emotions.entropies import ARTWORK, by_group, most_agreed, most_divisive, spread

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
