"""The figures of the language as the tables and charts of its page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.pages.charts import densities
from stages.pages.markup import NOTHING, Fragment, note, percent, side_by_side, table
from stages.wording.parts_of_speech import PARTS
from stages.wording.summary import SCALES

Figures = Mapping[str, Any]

MISSING = {
    "concreteness": "Concreteness was not measured: data/raw/resources/concreteness.csv is not there.",
    "sentiment": "Sentiment was not measured: VADER's lexicon is not in data/raw/resources/nltk_data/.",
}
TAGGERS = {
    "NLTK": "Tagged by NLTK's averaged perceptron, as in ArtEmis.",
    "TextBlob": "Tagged by TextBlob's pattern tagger, since the weights of NLTK's, which ArtEmis used, are not in "
    "data/raw/resources/nltk_data/.",
}


def glance(found: Figures) -> pd.DataFrame:
    """A column for each set of captions."""
    return pd.DataFrame({name: _glance(told) for name, told in found["sets"].items()}, dtype=object)


def _glance(told: Figures) -> dict[str, Any]:
    rows: dict[str, Any] = {
        "captions": told["utterances"],
        "pictures": told["pictures"],
        "tokens per caption": told["mean_tokens"],
    }
    for name in SCALES:
        rows |= {f"{name}, {kind}": told.get(name, {}).get(kind) for kind in ("mean", "median")}
    rows |= {"with an abstract word": _percent(told.get("abstract")), "neutral": _percent(told.get("neutral"))}
    return rows


def others(found: Figures) -> Fragment:
    if len(found["sets"]) > 1:
        return note("The other captions went through the same rules for text, but for the spelling.")
    return note("No other captions were given: there are none in data/raw/resources/captions/.")


def scale(found: Figures, name: str, words: str) -> Fragment:
    """The distribution of one measure in each set, or why there is none."""
    if name in found["missing"]:
        return note(MISSING[name])
    shares = {which: told[name]["shares"] for which, told in found["sets"].items() if name in told}
    return densities(shares, SCALES[name], words, f"{words.capitalize()}: percent of captions")


def tagger(found: Figures) -> Fragment:
    return note(TAGGERS[found["tagger"]])


def parts(found: Figures) -> Fragment:
    """Words of each part of speech in a caption, and distinct ones among all captions of a picture."""
    titles = {
        "parts": "Words per caption",
        "distinct": "Distinct words per picture",
        "distinct_per_utterance": "The same, divided by the picture's captions",
    }
    return side_by_side(
        *(
            table(pd.DataFrame({which: told[name] for which, told in found["sets"].items()}), title)
            for name, title in titles.items()
        )
    )


def genres(found: Figures) -> Fragment:
    """What differs by genre, or why nothing is told."""
    told = found["by_genre"]
    if not told:
        return note("No genre is known of any artwork: genres.csv of the data set is empty.")
    scales = {
        genre.replace("_", " "): {
            f"{name}, {kind}": one[name][kind] for name in SCALES if name in one for kind in ("mean", "median")
        }
        for genre, one in told.items()
    }
    return side_by_side(
        table(pd.DataFrame.from_dict(scales, orient="index"), "Measures by genre"),
        *(_parts_by_genre(told, name, title) for name, title in TITLES.items()),
    )


TITLES = {"parts": "Words per utterance by genre", "distinct": "Distinct words per artwork by genre"}


def _parts_by_genre(told: Figures, name: str, title: str) -> Fragment:
    rows = {genre.replace("_", " "): one[name] for genre, one in told.items()}
    return table(pd.DataFrame.from_dict(rows, orient="index")[list(PARTS)], title)


def _percent(share: float | None) -> str:
    return NOTHING if share is None else percent(share)
