"""The figures of the data set as the tables and charts of its page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.pages.charts import stacked_bars
from stages.pages.markup import NOTHING, Fragment, definitions, note, percent, side_by_side, table

Figures = Mapping[str, Any]


def sizes(found: Figures) -> pd.DataFrame:
    """Rows of a quantity and its value."""
    lengths = found["lengths"]
    return _column(
        {
            "annotations": found["annotations"],
            "artworks": found["artworks"],
            "annotations per artwork": found["per_artwork"],
            "styles": found["styles"],
            "tokens": lengths["total"],
            "distinct tokens": found["distinct_tokens"],
            "tokens per utterance, mean": lengths["mean"],
            "median": lengths["median"],
            "most": lengths["max"],
            "utterances of up to 50 tokens": percent(lengths["up_to_50"]["share"]),
        }
    )


def feelings(found: Figures) -> pd.DataFrame:
    mixed = found["mixed_feelings"]
    return _column(
        {f"{name} annotations": percent(share) for name, share in found["polarities"].items()}
        | {
            "artworks with both positive and negative": percent(mixed["positive_and_negative"]),
            "artworks with two of the three": percent(mixed["two_polarities"]),
            "artworks that one emotion dominates": percent(found["dominance"]["share"]),
        }
    )


def dominance(found: Figures) -> pd.DataFrame:
    rows = found["dominance"]["by_emotion"]
    return pd.DataFrame(
        {
            "artworks": [rows[emotion]["artworks"] for emotion in EMOTIONS],
            "per annotation": [rows[emotion]["share_of_annotations"] for emotion in EMOTIONS],
        },
        index=list(EMOTIONS),
        dtype=object,
    )


def agreement(found: Figures) -> pd.DataFrame:
    told, random = found["agreement"], found["agreement"]["at_random"]
    return pd.DataFrame(
        {
            "found": [
                told["alpha"],
                told["polarity_alpha"],
                _percent(told["pairwise"]),
                percent(found["dominance"]["share"]),
            ],
            "at random": [0, 0, percent(random["pairwise"]), percent(random["dominance"])],
        },
        index=[
            "alpha, nine emotions",
            "alpha, positive, negative, else",
            "two people choose the same",
            "artworks that one emotion dominates",
        ],
        dtype=object,
    )


def alpha_by_style(found: Figures) -> dict[str, float]:
    """The most agreed on first; a style where alpha is not defined is left out."""
    values = {style: value for style, value in found["agreement"]["by_style"].items() if value is not None}
    return {words(style): value for style, value in sorted(values.items(), key=lambda item: -item[1])}


def polarities(groups: Figures) -> dict[str, dict[str, float]]:
    """The most positive first."""
    ordered = sorted(groups.items(), key=lambda item: -item[1]["polarities"]["positive"])
    return {words(name): group["polarities"] for name, group in ordered}


def groups(found: Figures, kind: str) -> pd.DataFrame:
    """A row for each style or genre."""
    lengths = found["lengths"][f"by_{kind}"]
    rows = {
        words(name): {
            "artworks": group["artworks"],
            "annotations": group["annotations"],
            "tokens": lengths.get(name),
            "dominance": percent(group["dominance"]),
            "entropy": group["polarity_entropy"],
        }
        for name, group in found[f"by_{kind}"].items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").astype(object)


def emotions(groups: Figures) -> pd.DataFrame:
    """A row for each style or genre, a column for each emotion, in percent."""
    rows = {
        words(name): {emotion: f"{100 * share:.1f}" for emotion, share in group["emotions"].items()}
        for name, group in groups.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def genres(found: Figures) -> Fragment:
    """All that is told by genre, or why nothing is."""
    if not found["by_genre"]:
        return note("No genre is known of any artwork: genres.csv of the data set is empty.")
    told = found["genres"]
    share = percent(told["annotations"] / found["annotations"])
    known = f"{told['artworks']:,} artworks have a genre, and with them {share} of the annotations."
    drawn = side_by_side(
        stacked_bars(polarities(found["by_genre"]), "Polarity by genre"),
        table(groups(found, "genre"), "Genres"),
        table(emotions(found["by_genre"]), "Emotions by genre, percent of annotations"),
    )
    return Fragment(note(known) + drawn)


def keywords(found: Figures) -> Fragment:
    """The words of each emotion that has any, the strongest first."""
    told = {emotion: ", ".join(one["word"] for one in words) for emotion, words in found["keywords"].items()}
    return definitions({emotion: words for emotion, words in told.items() if words})


def similes(found: Figures) -> str:
    told = found["similes"]
    return (
        f"{percent(told['share'])} of the utterances ({told['utterances']:,}) hold a simile or metaphor, "
        "as far as phrases like “looks like” or “reminds me” tell."
    )


def something_else(found: Figures) -> Fragment:
    told = found["something_else"]
    if told["classes"] is None:
        return note(
            f"{told['annotations']:,} annotations chose it. The classes of synonyms were not given: "
            "data/raw/resources/artemis_emotion_synonyms.json is not there."
        )
    frame = pd.DataFrame({"annotations": told["classes"]}, dtype=object)
    return table(frame, f"The {told['annotations']:,} annotations with something else")


def words(name: str) -> str:
    """`Post_Impressionism` as people write it."""
    return name.replace("_", " ")


def _percent(share: float | None) -> str:
    return NOTHING if share is None else percent(share)


def _column(values: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({"value": pd.Series(values, dtype=object)})
