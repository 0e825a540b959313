"""Metrics of the captions alone: similes, length, and how much they repeat one another."""

import re
from collections.abc import Sequence

import numpy as np

from stages.metrics.interface import Columns, Context, Metric, mean, of_texts

# The phrases by which ArtEmis counts similes and metaphors. ArtEmis looks for them as
# substrings, so that "this like" counts; here they must be whole words.
SIMILES = (
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
_SIMILE = re.compile(rf"\b(?:{'|'.join(SIMILES)})\b")


def _similes(texts: Sequence[str]) -> Columns:
    return {"simile": np.array([_SIMILE.search(text) is not None for text in texts], float)}


def _lengths(texts: Sequence[str]) -> Columns:
    return {"length": np.array([len(text.split()) for text in texts], float)}


def distinct(_: Context, texts: Sequence[str]) -> dict[str, float]:
    """Share of distinct captions, and how many distinct tokens all captions use together."""
    tokens = {token for text in texts for token in text.split()}
    return {"distinct.captions": len(set(texts)) / len(texts), "distinct.tokens": len(tokens)}


# Share of captions that compare what they see with something else.
SIMILES_USED = Metric((mean("similes", "simile"),), of_texts(_similes))
# Tokens per caption.
LENGTH = Metric((mean("length"),), of_texts(_lengths))
