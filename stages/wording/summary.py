"""Summaries of a caption set and of groups of it (genre or style)."""

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


GROUP_SCALES = ("concreteness", "sentiment", "subjectivity")


def by_group(
    utterances: pd.DataFrame, artworks: pd.DataFrame, of_utterance: pd.Series, of_artwork: pd.Series
) -> dict[str, Any]:
    """For each group's name mean and median of each scale, and the mean counts of each part of speech.

    What was not measured is left out, and so are rows without a group.

    Args:
        utterances, artworks: tables of this stage; `of_utterance` and `of_artwork` name the groups of their rows.
    """
    scales = utterances[list(GROUP_SCALES)].assign(sentiment=utterances["sentiment"].abs())
    scales = scales[[name for name in GROUP_SCALES if scales[name].notna().any()]]
    grouped = scales.groupby(of_utterance.to_numpy())
    mean, median = grouped.mean().to_dict("index"), grouped.median().to_dict("index")
    parts = utterances[list(PARTS)].groupby(of_utterance.to_numpy()).mean().to_dict("index")
    distinct = artworks[list(PARTS)].groupby(of_artwork.to_numpy()).mean().to_dict("index")
    return {
        str(group): {
            **{str(name): {"mean": mean[group][name], "median": median[group][name]} for name in scales},
            "parts": own,
            "distinct": distinct[group],
        }
        for group, own in parts.items()
    }
