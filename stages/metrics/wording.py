"""Metrics of the captions alone: similes, length, and how much they repeat one another."""

import re
from collections.abc import Sequence

from stages.metrics.interface import Context, Score, Scores, values

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


def similes(_: Context) -> Score:
    """Share of captions that compare what they see with something else."""

    def score(hypotheses: Sequence[str]) -> Scores:
        found = values((_SIMILE.search(caption) is not None for caption in hypotheses), "bool")
        return Scores({"similes": float(found.mean())}, {"simile": found})

    return score


def lengths(_: Context) -> Score:
    """Mean number of tokens."""

    def score(hypotheses: Sequence[str]) -> Scores:
        tokens = values((len(caption.split()) for caption in hypotheses), "int32")
        return Scores({"length": float(tokens.mean())}, {"length": tokens})

    return score


def distinct(_: Context) -> Score:
    """Share of distinct captions, and how many distinct tokens all captions use together."""

    def score(hypotheses: Sequence[str]) -> Scores:
        tokens = {token for caption in hypotheses for token in caption.split()}
        return Scores({"distinct.captions": len(set(hypotheses)) / len(hypotheses), "distinct.tokens": len(tokens)})

    return score
