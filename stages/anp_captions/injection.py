"""Neutral captions, and the insertion of one adjective before one noun."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.anp_captions.pairs import Adjectives, Tagged
from stages.common.artworks import ARTWORK
from stages.common.errors import UserError


def load_neutral(path: Path) -> pd.DataFrame:
    """The first caption of each artwork of a Parquet or CSV file: art_style, painting, caption.

    Raises:
        UserError: the file cannot be read, or lacks a column.
    """
    frame = _read(path)
    column = next((name for name in ("caption", "neutral") if name in frame), "caption")
    missing = [name for name in [*ARTWORK, column] if name not in frame]
    if missing:
        raise UserError(
            f"{path}: the column {missing[0]} is missing; "
            "anp_captions.base needs art_style, painting and caption (or neutral)"
        )
    captions = frame[[*ARTWORK, column]].rename(columns={column: "caption"})
    return captions[captions["caption"].notna()].drop_duplicates(ARTWORK).reset_index(drop=True)


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path).to_pandas()
        # A painting may be called `null`.
        return pd.read_csv(path, keep_default_na=False, dtype=str)
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise UserError(
            f"{path}: not readable as Parquet or CSV ({reason}); anp_captions.base needs a table of neutral captions"
        ) from None


def inject(caption: Tagged, adjectives: Adjectives, rng: np.random.Generator) -> list[str] | None:
    """The caption's words with an adjective before one of its nouns, both chosen at random.

    Args:
        adjectives: those of the picture's polarity, by noun.

    Returns:
        None if the caption has no noun with such an adjective; its words unchanged if the adjective is already there.
    """
    words = [word for word, _ in caption]
    places = [place for place, (word, tag) in enumerate(caption) if tag.startswith("NN") and word in adjectives]
    if not places:
        return None
    place = int(rng.choice(places))
    adjective = str(rng.choice(sorted(adjectives[words[place]])))
    before = words[:place]
    if before and before[-1] == adjective:
        return words
    if before and before[-1] in ("a", "an"):
        before[-1] = article(adjective)
    return [*before, adjective, *words[place:]]


def article(word: str) -> str:
    """`a` or `an`, by the first letter: right for nearly every adjective."""
    return "an" if word[:1] in "aeiou" else "a"


def generator(seed: int, art_style: str, painting: str) -> np.random.Generator:
    """Random numbers of one artwork; they do not depend on the other artworks."""
    return np.random.default_rng((seed, zlib.crc32(f"{art_style}/{painting}".encode())))
