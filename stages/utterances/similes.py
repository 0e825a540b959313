"""Similes and metaphors by ArtEmis' definition: utterances with a phrase that announces a comparison."""

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
    """True for each lower-case text that contains a phrase, also as part of longer words (`this like`); bool.

    This is ArtEmis' definition; the metric for captions requires whole words.
    """
    return pc.match_substring_regex(texts, "|".join(map(re.escape, PHRASES)))
