"""Instruments that measure one text: concreteness, VADER's sentiment, TextBlob's subjectivity, and a tagger.

An instrument whose data are missing is None; without the weights of NLTK's tagger, TextBlob's tagger is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants
from nltk.tag.perceptron import PerceptronTagger
from textblob.en import parser
from textblob.en import sentiment as textblob_sentiment

from stages.common.files import read_json
from stages.wording import concreteness
from stages.wording.concreteness import Concreteness

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
    ratings, nltk_data = resources / concreteness.FILE, resources / NLTK_DATA
    return Instruments(
        concreteness=concreteness.load(ratings) if ratings.is_file() else None,
        sentiment=load_vader(nltk_data) if _has_vader(nltk_data) else None,
        tag=load_tagger(nltk_data),
    )


def describe_instruments(resources: Path) -> dict[str, Any]:
    """`tagger`: NLTK or TextBlob; `missing`: the measures without data."""
    missing = [] if (resources / concreteness.FILE).is_file() else ["concreteness"]
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
