"""Measure all texts of a caption set; each distinct text once, in a pool of processes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.common.artworks import ARTWORK
from stages.common.processes import pool, usable_cores
from stages.common.progress import track
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import load_resources
from stages.utterances.tokenize import Rules, tokenize_all
from stages.wording.instruments import Instruments, load_instruments, subjectivity
from stages.wording.parts_of_speech import PARTS, count_distinct, count_parts, number_words, part_code

SCALES = ("concreteness", "abstract", "sentiment", "subjectivity")
BATCH = 1000
# Number of texts that are measured while another process starts.
TEXTS_PER_PROCESS = 4000


@dataclass(frozen=True)
class Measured:
    """Measures of N texts; floats are NaN without an instrument, or if it knows no word of the text."""

    concreteness: np.ndarray  # (N,) float64
    abstract: np.ndarray  # (N,) bool
    sentiment: np.ndarray  # (N,) float64
    subjectivity: np.ndarray  # (N,) float64
    # Code of the part of speech of each word, text after text.
    parts: np.ndarray  # (words,) uint8


def measure_set(captions: pd.DataFrame, resources: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the utterances and the artworks of a caption set.

    Args:
        captions: art_style, painting, utterance_spelled.
        resources: folder with the data of the instruments.
        name: of the set, for the display of progress.

    Returns:
        Frames with the columns of `tables.UTTERANCES` and `tables.ARTWORKS`.
    """
    text, distinct = pd.factorize(captions["utterance_spelled"])
    texts = distinct.tolist()
    measured, words = measure_all(texts, resources, name), number_words(texts)
    groups = captions.groupby(ARTWORK, sort=True, observed=True)
    utterances = captions[ARTWORK].assign(
        tokens=words.lengths[text],
        **{scale: getattr(measured, scale)[text] for scale in SCALES},
        **_columns(count_parts(measured.parts, words)[text]),
    )
    per_artwork = count_distinct(groups.ngroup().to_numpy(), text, measured.parts, words)
    return utterances, groups.size().rename("utterances").reset_index().assign(**_columns(per_artwork))


def _columns(counts: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(PARTS, counts.T, strict=True))


def measure_all(texts: Sequence[str], resources: Path, name: str) -> Measured:
    """Measure many texts; a script that calls this needs the guard of `__main__`, since it may start processes."""
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    results = list(track(_measure_batches(batches, len(texts), resources), name, total=len(batches)))
    empty = measure([], Instruments(None, None, lambda words: []))
    fields = Measured.__dataclass_fields__
    return Measured(**{field: np.concatenate([getattr(part, field) for part in [empty, *results]]) for field in fields})


def _measure_batches(batches: Sequence[Sequence[str]], total: int, resources: Path) -> Iterator[Measured]:
    workers = min(usable_cores(), total // TEXTS_PER_PROCESS)
    # Here also for the pool: in a worker, a fault in their data would end in a traceback.
    instruments = load_instruments(resources)
    if workers < 2:
        yield from (measure(batch, instruments) for batch in batches)
        return
    with pool(workers, _start, resources) as processes:
        yield from processes.map(_measure, batches)


_instruments: Instruments


def _start(resources: Path) -> None:
    """Load the instruments once per process: they are too large to be sent with every batch."""
    global _instruments
    _instruments = load_instruments(resources)


def _measure(batch: Sequence[str]) -> Measured:
    return measure(batch, _instruments)


def measure(texts: Sequence[str], instruments: Instruments) -> Measured:
    """Measure each text, whose words are separated by single spaces."""
    tokens = [text.split(" ") if text else [] for text in texts]
    ratings, sentiment = instruments.concreteness, instruments.sentiment
    unknown = np.full(len(texts), np.nan)
    return Measured(
        concreteness=np.array([ratings.score(words) for words in tokens]) if ratings else unknown,
        abstract=np.array([ratings is not None and ratings.uses_abstract(words) for words in tokens], bool),
        sentiment=np.array([sentiment(text) for text in texts]) if sentiment else unknown,
        subjectivity=np.array([subjectivity(text) for text in texts], np.float64),
        parts=np.array([part_code(tag) for words in tokens if words for _, tag in instruments.tag(words)], np.uint8),
    )


def clean_captions(captions: pd.DataFrame, rules: str) -> pd.DataFrame:
    """Apply the text rules of the utterances, without spelling correction, to captions (picture, caption)."""
    text_rules: Rules = ArtemisRules(load_resources()) if rules == "artemis" else CleanRules()
    tokens = tokenize_all(pa.array(captions["caption"], pa.string()), text_rules)
    cleaned = [" ".join(words) for words in tokens.lists().to_pylist()]
    return pd.DataFrame({"art_style": "", "painting": captions["picture"], "utterance_spelled": cleaned})
