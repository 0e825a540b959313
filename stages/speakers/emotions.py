"""What changes in a grounded speaker's words when it is told another emotion."""

from itertools import combinations

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.common.pages.markup import percent
from stages.metrics.pairing import ARTWORK

PLAIN = (
    "This speaker is told no emotion, so there is none to be changed. One that is: "
    "dvc exp run -S speaker.emo_grounding=true -S captions.emotion_from=all"
)
ONE = (
    "This speaker was told one emotion for each picture. Captions from all nine: "
    "dvc exp run -S captions.emotion_from=all"
)


def by_emotion(captions: pd.DataFrame) -> pd.DataFrame:
    """The best caption from each emotion: a row for each artwork that was spoken of from several, a column for each.

    Of several sampling configs the first; missing where an emotion was not told.
    """
    told = captions.dropna(subset=["grounding_emotion"]).sort_values(["config", "rank"], kind="stable")
    first = told.drop_duplicates([*ARTWORK, "grounding_emotion"])
    table = first.pivot(index=ARTWORK, columns="grounding_emotion", values="caption")
    table = table.reindex(columns=pd.Index(EMOTIONS))
    return table[table.notna().sum(axis=1) > 1]


def why_not(captions: pd.DataFrame) -> str:
    """Why there is nothing to be told of captions where `by_emotion` is empty, and what to do."""
    return PLAIN if captions["grounding_emotion"].isna().all() else ONE


def alike(table: pd.DataFrame) -> dict[str, float]:
    """How far a caption depends on the emotion and how far on the picture, over all of `by_emotion`.

    `distinct`: share of an artwork's captions that differ, on average. `same_picture`: mean
    overlap of two captions of an artwork from different emotions; `same_emotion`: of two
    artworks from the same one, each artwork beside the next (NaN with one artwork). The
    overlap of two captions is the Jaccard index of their words: 1 where they use the same.
    """
    said = [
        {emotion: text for emotion, text in row.items() if isinstance(text, str)} for row in table.to_dict("records")
    ]
    within = [overlap(one, other) for own in said for one, other in combinations(own.values(), 2)]
    beside = zip(said, said[1:] + said[:1], strict=True) if len(said) > 1 else ()
    across = [overlap(own[emotion], after[emotion]) for own, after in beside for emotion in own if emotion in after]
    return {
        "distinct": float(np.mean([len(set(own.values())) / len(own) for own in said])),
        "same_picture": float(np.mean(within)),
        "same_emotion": float(np.mean(across)) if across else float("nan"),
    }


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """What `alike` finds, in words; no rows where there is nothing to compare."""
    words = {
        "distinct": "an artwork's captions that differ",
        "same_picture": "words shared: same artwork, another emotion",
        "same_emotion": "words shared: same emotion, another artwork",
    }
    found = alike(table) if len(table) else {}
    rows = {words[name]: percent(value) for name, value in found.items() if not np.isnan(value)}
    return pd.DataFrame({"value": pd.Series(rows, dtype=object)})


def some(table: pd.DataFrame, artworks: pd.DataFrame, count: int) -> pd.DataFrame:
    """The rows of `by_emotion` of the first `count` of these artworks that have any, with art_style and painting."""
    return artworks[ARTWORK].merge(table.reset_index(), on=ARTWORK).head(count)


def overlap(one: str, other: str) -> float:
    """The Jaccard index of the words of two captions; 1 where neither has any."""
    first, second = set(one.split()), set(other.split())
    return len(first & second) / len(first | second) if first | second else 1.0
