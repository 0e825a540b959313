"""Instruments that measure one text: concreteness, VADER's sentiment, TextBlob's subjectivity, and a tagger.

Concreteness of words goes from 1 (abstract) to 5 (concrete), by the ratings of Brysbaert et al. (2014) of single words
and of pairs of words (`art gallery`); data/raw/resources/README.md tells where to put their table. An instrument whose
data are missing is None; without the weights of NLTK's tagger, TextBlob's tagger is used.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants
from nltk.tag.perceptron import PerceptronTagger
from textblob.en import parser
from textblob.en import sentiment as textblob_sentiment

from stages.common.errors import UserError, advising
from stages.common.files import read_json
from stages.common.table_reader import read
from stages.common.table_rows import Column

CONCRETENESS = "concreteness.csv"
CONCRETENESS_COLUMNS = [Column(name) for name in ("Word", "Conc.M", "Dom_Pos")]
# Words rated at or below this percentile of all ratings are abstract.
ABSTRACT_PERCENTILE = 1


@dataclass(frozen=True)
class Concreteness:
    """Ratings of single words and of pairs of words, and those of both that are abstract."""

    words: Mapping[str, float]
    pairs: Mapping[str, float]
    abstract: Set[str]

    def score(self, tokens: Sequence[str]) -> float:
        """Mean rating of the words of an utterance; NaN if none is rated.

        As in ArtEmis' analysis, each occurrence of a rated pair of neighbours counts once. Then the text of the pair
        is removed from the utterance, also inside other words, and the rest counts word by word.
        """
        text = " ".join(tokens)
        pairs = [pair for pair in map(" ".join, pairwise(tokens)) if pair in self.pairs]
        for pair in pairs:
            text = text.replace(pair, "")
        ratings = [self.pairs[pair] for pair in pairs]
        ratings += [self.words[word] for word in text.split() if word in self.words]
        return sum(ratings) / len(ratings) if ratings else np.nan

    def uses_abstract(self, tokens: Sequence[str]) -> bool:
        """True if an abstract word or pair occurs."""
        return not self.abstract.isdisjoint(tokens) or any(
            pair in self.abstract for pair in map(" ".join, pairwise(tokens))
        )


def load_concreteness(path: Path) -> Concreteness:
    """Read the table without its articles.

    Raises:
        UserError: it is no table, lacks a column, has no row, or a row has no word or no rating.
    """
    with advising("data/raw/resources/README.md describes this table"):
        rows = [row for row in read(path, CONCRETENESS_COLUMNS) if row.values["Dom_Pos"] != "Article"]
        if not rows:
            raise UserError(f"{path}: rates no word; expected rows below the names of the columns")
        ratings = [(row.text("Word"), row.number("Conc.M")) for row in rows]
    return concreteness_of(pd.DataFrame(ratings, columns=["Word", "Conc.M"]))


def concreteness_of(frame: pd.DataFrame) -> Concreteness:
    """Ratings in a frame with the columns Word and Conc.M."""
    ratings = dict(zip(frame["Word"].str.lower(), frame["Conc.M"].astype(float), strict=True))
    threshold = np.percentile(list(ratings.values()), ABSTRACT_PERCENTILE)
    return Concreteness(
        words={word: rating for word, rating in ratings.items() if " " not in word},
        pairs={word: rating for word, rating in ratings.items() if " " in word},
        abstract={word for word, rating in ratings.items() if rating <= threshold},
    )


# Folder of NLTK's data in the folder of resources.
NLTK_DATA = "nltk_data"
LEXICON = "sentiment/vader_lexicon.zip"
LEXICON_MEMBER = "vader_lexicon/vader_lexicon.txt"
TAGGER = "taggers/averaged_perceptron_tagger_eng/averaged_perceptron_tagger_eng.{}.json"
# In the order that `PerceptronTagger.decode_json_params` takes them.
TAGGER_PARTS = ("weights", "tagdict", "classes")

# Text -> VADER's compound score, -1 to 1.
Sentiment = Callable[[str], float]
# Words of a text, at least one -> (word, Penn Treebank tag) of each.
Tagger = Callable[[list[str]], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Instruments:
    """Available instruments; None without its data."""

    concreteness: Concreteness | None
    sentiment: Sentiment | None
    tag: Tagger


def load_instruments(resources: Path) -> Instruments:
    """Instruments with the data in `resources`."""
    ratings, nltk_data = resources / CONCRETENESS, resources / NLTK_DATA
    return Instruments(
        concreteness=load_concreteness(ratings) if ratings.is_file() else None,
        sentiment=load_vader(nltk_data) if _has_vader(nltk_data) else None,
        tag=load_tagger(nltk_data),
    )


def describe_instruments(resources: Path) -> dict[str, Any]:
    """`tagger`: NLTK or TextBlob; `missing`: the measures without data."""
    missing = [] if (resources / CONCRETENESS).is_file() else ["concreteness"]
    missing += [] if _has_vader(resources / NLTK_DATA) else ["sentiment"]
    return {"tagger": "NLTK" if _has_tagger(resources / NLTK_DATA) else "TextBlob", "missing": missing}


def load_tagger(nltk_data: Path) -> Tagger:
    """NLTK's averaged perceptron tagger of English if its weights are there, else TextBlob's.

    The tags equal those of `nltk.pos_tag_sents`, which would search the user's folders for the weights.
    """
    if not _has_tagger(nltk_data):
        return parser.find_tags
    tagger = PerceptronTagger(load=False)
    tagger.decode_json_params([read_json(nltk_data / TAGGER.format(name)) for name in TAGGER_PARTS])
    return tagger.tag


def _has_tagger(nltk_data: Path) -> bool:
    return all((nltk_data / TAGGER.format(name)).is_file() for name in TAGGER_PARTS)


def load_vader(nltk_data: Path) -> Sentiment:
    """NLTK's VADER with the lexicon as NLTK's downloader leaves it."""
    with ZipFile(nltk_data / LEXICON) as archive:
        analyzer = _Vader(archive.read(LEXICON_MEMBER).decode("utf-8").rstrip("\n"))
    return lambda text: analyzer.polarity_scores(text)["compound"]


class _Vader(SentimentIntensityAnalyzer):  # type: ignore[misc]
    """VADER with a given lexicon: the constructor of NLTK's class searches the user's folders."""

    def __init__(self, lexicon: str) -> None:
        self.lexicon_file = lexicon
        self.lexicon = self.make_lex_dict()
        self.constants = VaderConstants()


def _has_vader(nltk_data: Path) -> bool:
    return (nltk_data / LEXICON).is_file()


def subjectivity(text: str) -> float:
    """`TextBlob(text).subjectivity`: 0, objective, to 1, subjective."""
    value: float = textblob_sentiment(text)[1]
    return value
