"""What is measured, group by group (genre or style)."""

from typing import Any

import pandas as pd

from stages.wording.parts_of_speech import PARTS

SCALES = ("concreteness", "sentiment", "subjectivity")


def by_group(
    utterances: pd.DataFrame, artworks: pd.DataFrame, of_utterance: pd.Series, of_artwork: pd.Series
) -> dict[str, Any]:
    """For each group's name mean and median of each scale, and the mean counts of each part of speech.

    What was not measured is left out, and so are rows without a group.

    Args:
        utterances, artworks: tables of this stage; `of_utterance` and `of_artwork` name the groups of their rows.
    """
    scales = utterances[list(SCALES)].assign(sentiment=utterances["sentiment"].abs())
    scales = scales[[name for name in SCALES if scales[name].notna().any()]]
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
