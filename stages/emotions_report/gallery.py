"""Artworks with their pictures, votes and utterances, as HTML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.images.packed import Packed
from stages.pages.markup import Fragment, note, render
from stages.pages.pictures import artist_and_title, picture_uri

TEMPLATES = Path(__file__).with_name("template")
# Largest number of utterances shown for an artwork.
UTTERANCES = 12


def gallery(artworks: Sequence[Mapping[str, Any]], pictures: Packed) -> Fragment:
    """The artworks, as in `figures.artworks`; those whose picture could not be decoded are left out."""
    if not artworks:
        return note("No artwork has a picture.")
    rows = pictures.rows(pd.DataFrame(artworks))
    cards = [_card(artwork, pictures.pixels[row]) for artwork, row in zip(artworks, rows, strict=True) if row >= 0]
    return render("artworks.html.j2", TEMPLATES, cards=cards)


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
