"""N-grams as numbers, and the index of those in each picture's references, which BLEU and CIDEr-D look up.

Counting n-grams in dictionaries costs most of the time of the usual implementations.
Here an n-gram is a number, given to (number of the (n-1)-gram that it begins with, its
last word), so that all sentences are counted at once by sorting integers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

ORDERS = 4
# Two numbers below 2^31 make one key.
HALF = 32


@dataclass(frozen=True)
class Counts:
    """How often each n-gram of one order occurs in each sentence, (E,) each; sorted by sentence, then n-gram."""

    sentence: Indices
    ngram: Indices
    count: Indices


class Numbering:
    """The n-grams of some sentences, numbered order by order; `counts` are theirs."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._words: dict[str, int] = {}
        # Of each order above 1 the keys, sorted: the place of a key is the n-gram's number.
        self._keys: list[Indices] = []
        self.counts = list(self._count(sentences, self._words, learn=True))
        self.known = [len(self._words), *map(len, self._keys)]

    def count(self, sentences: Sequence[str]) -> list[Counts]:
        """The n-grams of other sentences, order by order; one that is unknown has a number of `known` or above."""
        return list(self._count(sentences, dict(self._words), learn=False))

    def _count(self, sentences: Sequence[str], words: dict[str, int], learn: bool) -> Iterator[Counts]:
        split = [sentence.split() for sentence in sentences]
        lengths = np.fromiter(map(len, split), np.int64, len(split))
        sentence = np.repeat(np.arange(len(split)), lengths)
        tokens = np.fromiter((words.setdefault(word, len(words)) for word in chain.from_iterable(split)), np.int64)
        left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(tokens))  # to the sentence's end
        numbers = tokens  # of the n-gram that starts at each token
        yield _counted(sentence, numbers)
        for order in range(2, ORDERS + 1):
            starts = np.flatnonzero(left >= order)
            keys = numbers[starts] << HALF | tokens[starts + order - 1]
            if learn:
                known, found = np.unique(keys, return_inverse=True)
                self._keys.append(known)
            else:
                found = _numbered(keys, self._keys[order - 2])
            numbers = np.zeros_like(tokens)
            numbers[starts] = found
            yield _counted(sentence[starts], found)


def _numbered(keys: Indices, known: Indices) -> Indices:
    """The place of each key among the known ones; the others are numbered after those."""
    places = find(keys, known)
    new = places < 0
    places[new] = len(known) + np.unique(keys[new], return_inverse=True)[1]
    return places


def _counted(sentence: Indices, ngram: Indices) -> Counts:
    keys, count = np.unique(sentence << HALF | ngram, return_counts=True)
    return Counts(keys >> HALF, keys & (1 << HALF) - 1, count)


def find(keys: Indices, known: Indices) -> Indices:
    """Where each key stands in the sorted `known`; -1 where it does not."""
    places = np.searchsorted(known, keys)
    inside = places < len(known)
    inside[inside] = known[places[inside]] == keys[inside]
    return np.where(inside, places, -1)


class Postings:
    """Of one order: which references of which picture hold an n-gram, how often.

    Entry e of `keys` is an n-gram in a picture; its occurrences are the rows from
    `starts[e]` to `starts[e + 1]` of `reference` (counted within the picture) and `count`.
    """

    def __init__(self, counts: Counts, picture: Indices, reference: Indices) -> None:
        keys = picture[counts.sentence] << HALF | counts.ngram
        order = np.argsort(keys, kind="stable")
        self.keys, first = np.unique(keys[order], return_index=True)
        self.starts = np.append(first, len(keys))
        self.reference, self.count = reference[counts.sentence][order], counts.count[order]

    def find(self, picture: Indices, ngram: Indices) -> Indices:
        """The entry of each n-gram in each picture; -1 where no reference holds it."""
        return find(picture << HALF | ngram, self.keys)

    @cached_property
    def highest(self) -> tuple[Indices, Indices, Indices]:
        """Of each entry: its highest count in a reference, which one that is, and the next highest count."""
        sizes = np.diff(self.starts)
        order = np.lexsort((-self.count, np.repeat(np.arange(len(sizes)), sizes)))
        ranked, first = np.append(self.count[order], 0), self.starts[:-1]
        return ranked[first], self.reference[order][first], np.where(sizes > 1, ranked[first + 1], 0)

    def pictures_with(self, known: int) -> Indices:
        """In the references of how many pictures each n-gram stands: its document frequency, (known,)."""
        return np.bincount(self.keys & (1 << HALF) - 1, minlength=known)


class ReferenceNgrams:
    """The n-grams of all references: row p of `references` holds those of picture p."""

    def __init__(self, references: Sequence[Sequence[str]]) -> None:
        sizes = np.array([len(own) for own in references])
        self.numbering = Numbering([text for own in references for text in own])
        picture = np.repeat(np.arange(len(sizes)), sizes)
        reference = np.arange(len(picture)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self.postings = [Postings(counts, picture, reference) for counts in self.numbering.counts]
