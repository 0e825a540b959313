"""Whether a speaker repeats itself, or its teachers: what it says most often, and which n-grams are its own."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from stages.common.pages.markup import percent
from stages.metrics.diversity import drawn
from stages.metrics.joint import LABELS
from stages.metrics.ngrams import ORDERS, Numbering
from stages.metrics.pairing import ARTWORK, first_captions, grouped_references
from stages.metrics.tables import HUMAN


def texts_of(systems: Mapping[str, pd.DataFrame], utterances: pd.DataFrame, seed: int) -> dict[str, list[str]]:
    """One text for each artwork that the first system captions, by each system and by people, of whom one is drawn.

    Args:
        systems: captions by the system's name; the keys of the result are the names in words.
    """
    spoken = {LABELS[name]: first_captions(captions)["caption"].tolist() for name, captions in systems.items()}
    artworks = first_captions(next(iter(systems.values())))[ARTWORK]
    references = grouped_references(utterances.merge(artworks, on=ARTWORK))
    return {**spoken, LABELS[HUMAN]: drawn(list(references.values()), seed)}


def most_frequent(captions: Sequence[str], count: int) -> pd.DataFrame:
    """The `count` captions said most often, of how many artworks, and their share; equally frequent ones by text."""
    told = sorted(Counter(captions).items(), key=lambda item: (-item[1], item[0]))[:count]
    rows = {caption: [times, percent(times / len(captions))] for caption, times in told}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["artworks", "share"])


def new_ngrams(texts: Mapping[str, Sequence[str]], training: Sequence[str]) -> dict[str, list[float]]:
    """Of everybody's distinct n-grams of each order the share that no training utterance holds; 0 without any."""
    numbering = Numbering([text for own in texts.values() for text in own])
    owner = np.repeat(np.arange(len(texts)), [len(own) for own in texts.values()])
    shares: dict[str, list[float]] = {who: [] for who in texts}
    for known, said, taught in zip(numbering.known, numbering.counts, numbering.count(training), strict=True):
        new = np.ones(known, bool)
        new[taught.ngram[taught.ngram < known]] = False
        for number, own in enumerate(shares.values()):
            ngrams = np.unique(said.ngram[owner[said.sentence] == number])
            own.append(float(new[ngrams].mean()) if len(ngrams) else 0.0)
    return shares


def novelty(texts: Mapping[str, Sequence[str]], training: Sequence[str]) -> pd.DataFrame:
    """`new_ngrams` in percent: a column for everybody, a row for each order."""
    told = {who: [percent(share) for share in own] for who, own in new_ngrams(texts, training).items()}
    return pd.DataFrame(told, index=["words", *(f"{order}-grams" for order in range(2, ORDERS + 1))])
