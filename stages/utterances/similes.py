"""Similes and metaphors, as ArtEmis tells them: by the phrases that announce a comparison."""

import re

import pyarrow as pa
import pyarrow.compute as pc

PHRASES = (
    "could be",
    "appears to be",
    "appear to be",
    "reminds me",
    "remind me",
    "seems like",
    "looks like",
    "look like",
    "is like",
    "are like",
    "think of",
    "resembles",
    "resembling",
)


def has_simile(texts: pa.Array) -> pa.Array:
    """Whether each of `texts` (lower-case) holds one of the phrases, also as a part of words (`this like`); bool.

    ArtEmis' definition; the metric of captions asks for whole words.
    """
    return pc.match_substring_regex(texts, "|".join(map(re.escape, PHRASES)))
