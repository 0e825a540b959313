"""Figures of the report: entropy of the annotators' emotions, by artwork, style and genre; artworks as HTML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.common.artworks import ARTWORK, genre_of
from stages.common.emotions import Emotions
from stages.images.packed import Packed
from stages.pages.markup import Fragment, artist_and_title, note, picture_uri, render

# Number of artworks of the lowest, and of the highest, entropy.
PICTURES = 6
TEMPLATES = Path(__file__).with_name("template")
# Largest number of utterances shown for an artwork.
UTTERANCES = 12


def compute(
    histograms: pd.DataFrame, genres: pd.DataFrame, annotations: pd.DataFrame, emotions: Emotions
) -> dict[str, Any]:
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
        "agreed": artworks(most_agreed(candidates, PICTURES), annotations, emotions),
        "divisive": artworks(most_divisive(candidates, PICTURES), annotations, emotions),
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


def artworks(chosen: pd.DataFrame, annotations: pd.DataFrame, emotions: Emotions) -> list[dict[str, Any]]:
    """Each chosen artwork with its votes above zero and all its (emotion, utterance) pairs."""
    rows = annotations.merge(chosen[ARTWORK], on=ARTWORK)
    pairs = {artwork: group[["emotion", "utterance"]].to_numpy().tolist() for artwork, group in rows.groupby(ARTWORK)}
    columns = (chosen[name] for name in [*ARTWORK, "entropy", "counts"])
    return [
        {
            "art_style": style,
            "painting": painting,
            "entropy": entropy,
            "votes": {emotion: int(n) for emotion, n in zip(emotions, counts, strict=True) if n},
            "said": pairs[style, painting],
        }
        for style, painting, entropy, counts in zip(*columns, strict=True)
    ]


def gallery(artworks: Sequence[Mapping[str, Any]], pictures: Packed, language: str) -> Fragment:
    """The artworks, as in `figures.artworks`; those whose picture could not be decoded are left out.

    Args:
        language: of the utterances, a BCP 47 tag.
    """
    if not artworks:
        return note("No artwork has a picture.")
    rows = pictures.rows(pd.DataFrame(artworks))
    cards = [_card(artwork, pictures.pixels[row]) for artwork, row in zip(artworks, rows, strict=True) if row >= 0]
    return render("artworks.html.j2", TEMPLATES, cards=cards, language=language)


def _card(artwork: Mapping[str, Any], pixels: np.ndarray) -> dict[str, Any]:
    artist, title = artist_and_title(artwork["painting"])
    style = artwork["art_style"].replace("_", " ")
    return {
        "title": title,
        "by": " · ".join(filter(None, (artist, style))),
        # The alternative text identifies the work; it does not interpret it.
        "alt": ", ".join(filter(None, (artist, title, style))),
        "picture": picture_uri(np.asarray(pixels)),
        "votes": artwork["votes"],
        # abs() drops the sign of a negative zero.
        "entropy": f"{abs(artwork['entropy']):.2f}",
        "utterances": artwork["said"][:UTTERANCES],
        "more": len(artwork["said"][UTTERANCES:]),
    }
