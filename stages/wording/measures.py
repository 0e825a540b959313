"""What is measured of single utterances: by which instruments, each distinct utterance once, by a pool of processes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.common.cores import usable_cores
from stages.common.processes import pool
from stages.common.progress import track
from stages.wording import concreteness, feelings
from stages.wording.concreteness import Concreteness
from stages.wording.feelings import Sentiment

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
        sentiment=feelings.vader(nltk_data) if feelings.has_vader(nltk_data) else None,
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
        subjectivity=np.array([feelings.subjectivity(text) for text in texts], np.float64),
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
