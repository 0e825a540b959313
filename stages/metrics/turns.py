"""Which caption stands before which picture, and which references judge it there.

`refs: all` is the rule of ArtEmis: a caption is judged by every reference of its
picture. `refs: n-1` leaves out one reference after the other and takes the mean: so
people, whose captions are the references, and systems are judged by equally many.
"""

from collections.abc import Sequence

import numpy as np

from stages.metrics.arrays import NONE, Indices
from stages.metrics.interface import CAPTIONS, Columns, Trials
from stages.metrics.pairing import Sample


def in_place(sample: Sample) -> Indices:
    """The order in which every picture is spoken of by its own texts."""
    return np.arange(len(sample))


def by_all(sample: Sample, order: Indices) -> Trials:
    """Refs: all. Picture i is spoken of by the texts of picture `order[i]`."""
    voices, sizes = _voices(sample, order)
    picture = np.repeat(np.arange(len(sample)), sizes)
    return _trials(sample, voices, picture, np.full(len(voices), NONE))


def leaving_one_out(sample: Sample, order: Indices) -> Trials:
    """Refs: n-1; every picture must have two references.

    A system's caption meets every choice of n-1 references. A person's utterance meets
    the references but itself or, before another picture, but the one in its own place.
    """
    voices, sizes = _voices(sample, order)
    picture = np.repeat(np.arange(len(sample)), sizes)
    counts = np.array(list(map(len, sample.references)))
    if sample.human:
        dropped = _places(sizes) % counts[picture]
    else:
        repeats = counts[picture]
        voices, picture, dropped = np.repeat(voices, repeats), np.repeat(picture, repeats), _places(repeats)
    return _trials(sample, voices, picture, dropped)


def _voices(sample: Sample, order: Indices) -> tuple[Indices, Indices]:
    """The texts that speak, numbered through all pictures, and how many speak of each picture."""
    sizes = np.array(list(map(len, sample.spoken)))
    starts = np.cumsum(sizes) - sizes
    return np.repeat(starts[order], sizes[order]) + _places(sizes[order]), sizes[order]


def _places(sizes: Indices) -> Indices:
    """0, 1, ... within each group."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _trials(sample: Sample, text: Indices, picture: Indices, dropped: Indices) -> Trials:
    return Trials([one for own in sample.spoken for one in own], text, picture, dropped)


def per_picture(columns: Columns, picture: Indices, pictures: int) -> Columns:
    """The mean of each column over a picture's trials, (T,) -> (pictures,), and the column that counts the pictures."""
    trials = np.bincount(picture, minlength=pictures)
    means = {name: np.bincount(picture, column, pictures) / trials for name, column in columns.items()}
    return {**means, CAPTIONS: np.ones(pictures)}


def stacked(several: Sequence[Trials], pictures: int) -> tuple[Trials, Indices]:
    """Trials over the same texts as one, and for each the row of its picture in (len(several), pictures)."""
    first = several[0].texts
    parts = [np.concatenate([getattr(one, name) for one in several]) for name in ("text", "picture", "dropped")]
    number = np.repeat(np.arange(len(several)), [len(one) for one in several])
    return Trials(first, *parts), number * pictures + parts[1]
