"""The figures of the emotions as the tables, charts and pictures of their page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.images.packed import Packed
from stages.pages.charts import bars
from stages.pages.markup import Fragment, note, render, side_by_side, table
from stages.pages.pictures import artist_and_title, picture_uri

TEMPLATES = Path(__file__).with_name("template")
# Of an artwork with many annotations only the first are shown.
SAID = 12

Figures = Mapping[str, Any]


def spreads(groups: Mapping[str, Figures], kind: str) -> Fragment:
    """Mean and median entropy by style or genre, or why there is none."""
    if not groups:
        return note(f"No {kind} is known of any artwork.")
    named = {name.replace("_", " "): one for name, one in groups.items()}
    means = {name: one["mean"] for name, one in named.items()}
    return side_by_side(
        bars(means, "mean entropy of an artwork's emotions", f"Entropy by {kind}, the most agreed on first"),
        table(pd.DataFrame.from_dict(named, orient="index").astype(object), f"Entropy by {kind}, in nats"),
    )


def gallery(artworks: Sequence[Figures], pictures: Packed) -> Fragment:
    """The artworks with their pictures, votes and utterances; one whose picture could not be decoded is left out."""
    if not artworks:
        return note("There is no artwork with a picture.")
    rows = pictures.rows(pd.DataFrame(artworks))
    cards = [_card(one, pictures.pixels[row]) for one, row in zip(artworks, rows, strict=True) if row >= 0]
    return render("artworks.html.j2", TEMPLATES, cards=cards)


def _card(one: Figures, pixels: np.ndarray) -> dict[str, Any]:
    artist, title = artist_and_title(one["painting"])
    style = one["art_style"].replace("_", " ")
    return {
        "title": title,
        "by": " · ".join(filter(None, (artist, style))),
        # Who painted what: never what anybody makes of it.
        "alt": ", ".join(filter(None, (artist, title, style))),
        "picture": picture_uri(np.asarray(pixels)),
        "votes": one["votes"],
        # Without the sign of a zero.
        "entropy": f"{abs(one['entropy']):.2f}",
        "said": one["said"][:SAID],
        "more": len(one["said"][SAID:]),
    }
