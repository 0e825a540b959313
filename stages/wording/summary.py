"""What is told of a whole set of captions, as ArtEmis' analysis tells it: means, medians, shares and distributions."""

from typing import Any

import numpy as np
import pandas as pd

from stages.wording.parts_of_speech import PARTS

# VADER's own bound: a compound score nearer to zero is neutral.
NEUTRAL = 0.05
# The ends of the scales, and into how many bins a distribution is told.
SCALES = {"concreteness": (1.0, 5.0), "sentiment": (0.0, 1.0), "subjectivity": (0.0, 1.0)}
BINS = 20


def summary(utterances: pd.DataFrame, artworks: pd.DataFrame) -> dict[str, Any]:
    """The figures of one caption set; what could not be measured is left out.

    Args:
        utterances, artworks: with the columns of `tables.UTTERANCES` and `tables.ARTWORKS` but the names.
    """
    values = {
        "concreteness": utterances["concreteness"].dropna(),
        "sentiment": utterances["sentiment"].abs().dropna(),
        "subjectivity": utterances["subjectivity"],
    }
    found: dict[str, Any] = {
        "utterances": len(utterances),
        "pictures": len(artworks),
        "mean_tokens": float(utterances["tokens"].mean()),
    }
    found |= {name: _told(one, SCALES[name]) for name, one in values.items() if len(one)}
    if "concreteness" in found:
        found["abstract"] = float(utterances["abstract"].mean())
    if "sentiment" in found:
        found["neutral"] = float((values["sentiment"] < NEUTRAL).mean())
    counts = artworks[list(PARTS)]
    found["parts"] = {part: float(mean) for part, mean in utterances[list(PARTS)].mean().items()}
    found["distinct"] = {part: float(mean) for part, mean in counts.mean().items()}
    per_utterance = counts.div(artworks["utterances"], axis=0).mean()
    found["distinct_per_utterance"] = {part: float(mean) for part, mean in per_utterance.items()}
    return found


def _told(values: pd.Series, scale: tuple[float, float]) -> dict[str, Any]:
    """Mean, median, and which share of the values each of `BINS` bins of the scale holds."""
    counts, _ = np.histogram(values, BINS, scale)
    return {
        "mean": float(values.mean()),
        "median": float(values.median()),
        "shares": [float(count / len(values)) for count in counts],
    }
