"""Similes: the share of captions that compare what they see with something else."""

import re
from collections.abc import Sequence

import numpy as np

from stages.metrics.interface import Columns, Metric, mean, of_texts
from stages.utterances.similes import PHRASES

_ANYWHERE = re.compile("|".join(PHRASES))
_WHOLE_WORDS = re.compile(rf"\b(?:{'|'.join(PHRASES)})\b")


def _similes(texts: Sequence[str]) -> Columns:
    return {
        "simile": np.array([_WHOLE_WORDS.search(text) is not None for text in texts], float),
        "simile_substring": np.array([_ANYWHERE.search(text) is not None for text in texts], float),
    }


# `similes` wants whole words; ArtEmis looks for substrings, so that "this like" and
# "think often" count.
SIMILES = Metric((mean("similes", "simile"), mean("similes_by_substring", "simile_substring")), of_texts(_similes))
