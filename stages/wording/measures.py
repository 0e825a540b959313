"""Measurements of single utterances and of whole caption sets; each distinct utterance is measured once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pyarrow as pa
from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants
from textblob.en import sentiment as pattern_sentiment

from stages.common.processes import pool, usable_cores
from stages.common.progress import track
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import load_resources
from stages.utterances.tokenize import Rules, tokenize_all
from stages.wording import concreteness, parts_of_speech
from stages.wording.concreteness import Concreteness
from stages.wording.parts_of_speech import PARTS, parts_of
from stages.wording.tables import ARTWORK

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


BATCH = 1000
# A process takes about as long to start as this many utterances to be measured.
FEW = 4000


@dataclass(frozen=True)
class Instruments:
    """What there is to measure with; None where its data were not given."""

    concreteness: Concreteness | None
    sentiment: Sentiment | None


@dataclass(frozen=True)
class Measured:
    """Row i is utterance i; floats are NaN where there was no instrument, or nothing that it knows."""

    concreteness: np.ndarray  # (N,) float64
    abstract: np.ndarray  # (N,) bool
    sentiment: np.ndarray  # (N,) float64
    subjectivity: np.ndarray  # (N,) float64


def instruments(resources: Path) -> Instruments:
    """Those whose data lie in `resources`."""
    ratings, nltk_data = resources / concreteness.FILE, resources / "nltk_data"
    return Instruments(
        concreteness=concreteness.load(ratings) if ratings.is_file() else None,
        sentiment=vader(nltk_data) if has_vader(nltk_data) else None,
    )


def words(text: str) -> list[str]:
    """The tokens of an utterance as it was spelled: they stand between single spaces."""
    return text.split(" ") if text else []


def measure(texts: Sequence[str], given: Instruments) -> Measured:
    """Measure each of `texts`."""
    tokens = [words(text) for text in texts]
    ratings, sentiment = given.concreteness, given.sentiment
    nothing = np.full(len(texts), np.nan)
    return Measured(
        concreteness=np.array([ratings.score(one) for one in tokens]) if ratings else nothing,
        abstract=np.array([ratings is not None and ratings.uses_abstract(one) for one in tokens], bool),
        sentiment=np.array([sentiment(text) for text in texts]) if sentiment else nothing,
        subjectivity=np.array([subjectivity(text) for text in texts], np.float64),
    )


def measure_all(texts: Sequence[str], resources: Path, what: str) -> Measured:
    """Measure many texts, with the instruments in `resources`; a script that calls this needs its `__main__` guard."""
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    done = list(track(_each(batches, len(texts), resources), what, total=len(batches)))
    names = Measured.__dataclass_fields__
    empty = measure([], Instruments(None, None))
    return Measured(**{name: np.concatenate([getattr(one, name) for one in [empty, *done]]) for name in names})


def _each(batches: Sequence[Sequence[str]], total: int, resources: Path) -> Iterator[Measured]:
    workers = min(usable_cores(), total // FEW)
    if workers < 2:
        given = instruments(resources)
        yield from (measure(batch, given) for batch in batches)
        return
    with pool(workers, _equip, resources) as measurers:
        yield from measurers.map(_measure, batches)


_given: Instruments


def _equip(resources: Path) -> None:
    """What each process of the pool does first: the instruments are too big to be sent with every batch."""
    global _given
    _given = instruments(resources)


def _measure(batch: Sequence[str]) -> Measured:
    return measure(batch, _given)


SCALES = ("concreteness", "abstract", "sentiment", "subjectivity")


def measured(said: pd.DataFrame, resources: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each utterance and each artwork is measured at: the columns of `UTTERANCES` and `ARTWORKS`.

    Args:
        said: art_style, painting, utterance_spelled.
        resources: the folder of what there is to measure with.
        name: what to call the set while its progress is told.
    """
    text, distinct = pd.factorize(said["utterance_spelled"])
    texts = distinct.tolist()
    found, tokens = measure_all(texts, resources, name), parts_of_speech.numbered(texts)
    words, parts = tokens.ids, parts_of(tokens, resources / "nltk_data")
    groups = said.groupby(ARTWORK, sort=True, observed=True)
    utterances = said[ARTWORK].assign(
        tokens=words.lengths[text],
        **{scale: getattr(found, scale)[text] for scale in SCALES},
        **_columns(parts_of_speech.per_text(parts, words)[text]),
    )
    of_artworks = parts_of_speech.distinct_per_picture(groups.ngroup().to_numpy(), text, parts, words)
    return utterances, groups.size().rename("utterances").reset_index().assign(**_columns(of_artworks))


def cleaned(captions: pd.DataFrame, rules: str) -> pd.DataFrame:
    """Captions (picture, caption) as utterances are: by the same rules for text, but for the spelling."""
    kind: Rules = ArtemisRules(load_resources()) if rules == "artemis" else CleanRules()
    tokens = tokenize_all(pa.array(captions["caption"], pa.string()), kind)
    spelled = [" ".join(words) for words in tokens.lists().to_pylist()]
    return pd.DataFrame({"art_style": "", "painting": captions["picture"], "utterance_spelled": spelled})


def _columns(counts: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(PARTS, counts.T, strict=True))
