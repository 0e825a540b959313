"""Neutral captions, and the injection of one adjective before one noun."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.anp_captions.pairs import Adjectives, Tagged
from stages.common.errors import UserError

ARTWORK = ["art_style", "painting"]


def load_neutral(path: Path) -> pd.DataFrame:
    """art_style, painting and caption of a Parquet or CSV file; the first caption of each artwork.

    Raises:
        UserError: if the file cannot be read or lacks a column.
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
        # Names such as `null` are names.
        return pd.read_csv(path, keep_default_na=False, dtype=str)
    except (OSError, ValueError, pa.ArrowException) as error:
        said = " ".join(str(error).split())
        raise UserError(
            f"{path}: not readable as a table of neutral captions ({said}); see anp_captions.base"
        ) from None


def inject(caption: Tagged, adjectives: Adjectives, rng: np.random.Generator) -> list[str] | None:
    """The caption's words with an adjective before one of its nouns, both chosen at random.

    Args:
        adjectives: those of the wanted polarity, by noun.

    Returns:
        None if the caption has no noun with such an adjective; the words unchanged if
        the adjective already stands there.
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
    """Random numbers of one artwork: its caption does not depend on which others there are."""
    return np.random.default_rng((seed, zlib.crc32(f"{art_style}/{painting}".encode())))
