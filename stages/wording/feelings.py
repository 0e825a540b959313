"""What words alone say of feeling: sentiment by VADER, subjectivity by TextBlob."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants
from textblob.en import sentiment as pattern_sentiment

LEXICON = "sentiment/vader_lexicon.zip"
INSIDE = "vader_lexicon/vader_lexicon.txt"

# Text -> VADER's compound score, -1 to 1.
Sentiment = Callable[[str], float]


class _Vader(SentimentIntensityAnalyzer):  # type: ignore[misc]
    """NLTK's VADER with a given lexicon: its own constructor looks for one in the user's folders."""

    def __init__(self, lexicon: str) -> None:
        self.lexicon_file = lexicon
        self.lexicon = self.make_lex_dict()
        self.constants = VaderConstants()


def vader(nltk_data: Path) -> Sentiment:
    """NLTK's VADER, with the lexicon in a folder of NLTK's data, packed as NLTK's downloader leaves it."""
    with ZipFile(nltk_data / LEXICON) as packed:
        analyzer = _Vader(packed.read(INSIDE).decode("utf-8").rstrip("\n"))
    return lambda text: analyzer.polarity_scores(text)["compound"]


def has_vader(nltk_data: Path) -> bool:
    return (nltk_data / LEXICON).is_file()


def subjectivity(text: str) -> float:
    """0, a fact, to 1, an opinion: what `TextBlob(text).subjectivity` says."""
    found: float = pattern_sentiment(text)[1]
    return found
