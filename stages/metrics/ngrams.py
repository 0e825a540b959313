"""N-grams as integers, and an index of the n-grams in each picture's references, used by BLEU and CIDEr-D.

Counting n-grams in dictionaries takes most of the time of the usual implementations.
Here each n-gram is numbered by its (number of the leading (n-1)-gram, last word), so that
all sentences are counted at once by sorting integers.
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
# Two numbers below 2^31 are packed into one 64-bit key, the first shifted by this many bits.
HALF = 32


@dataclass(frozen=True)
class Counts:
    """Counts of the n-grams of one order in each sentence, (E,) each; sorted by sentence, then n-gram."""

    sentence: Indices
    ngram: Indices
    count: Indices


class Numbering:
    """Numbers for the n-grams of some sentences, separately for each order.

    Attributes:
        counts: the n-grams of these sentences, by order.
        known: the number of distinct n-grams of each order.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        self._words: dict[str, int] = {}
        # Sorted keys of each order above 1: the position of a key is the n-gram's number.
        self._keys: list[Indices] = []
        self.counts = list(self._count(sentences, self._words, learn=True))
        self.known = [len(self._words), *map(len, self._keys)]

    def count(self, sentences: Sequence[str]) -> list[Counts]:
        """The n-grams of other sentences, by order; unknown n-grams get numbers from `known` on."""
        return list(self._count(sentences, dict(self._words), learn=False))

    def _count(self, sentences: Sequence[str], words: dict[str, int], learn: bool) -> Iterator[Counts]:
        split = [sentence.split() for sentence in sentences]
        lengths = np.fromiter(map(len, split), np.int64, len(split))
        sentence = np.repeat(np.arange(len(split)), lengths)
        tokens = np.fromiter((words.setdefault(word, len(words)) for word in chain.from_iterable(split)), np.int64)
        left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(tokens))  # tokens to the end of the sentence
        numbers = tokens  # of the n-gram that starts at each token
        yield _counted(sentence, numbers)
        for order in range(2, ORDERS + 1):
            starts = np.flatnonzero(left >= order)
            keys = numbers[starts] << HALF | tokens[starts + order - 1]
            if learn:
                known, ngrams = np.unique(keys, return_inverse=True)
                self._keys.append(known)
            else:
                ngrams = _numbered(keys, self._keys[order - 2])
            numbers = np.zeros_like(tokens)
            numbers[starts] = ngrams
            yield _counted(sentence[starts], ngrams)


def _numbered(keys: Indices, known: Indices) -> Indices:
    """The position of each key among the known ones; unknown keys are numbered after those."""
    positions = find(keys, known)
    new = positions < 0
    positions[new] = len(known) + np.unique(keys[new], return_inverse=True)[1]
    return positions


def _counted(sentence: Indices, ngram: Indices) -> Counts:
    keys, count = np.unique(sentence << HALF | ngram, return_counts=True)
    return Counts(keys >> HALF, keys & (1 << HALF) - 1, count)


def find(keys: Indices, known: Indices) -> Indices:
    """The position of each key in the sorted `known`; -1 where it is absent."""
    positions = np.searchsorted(known, keys)
    present = positions < len(known)
    present[present] = known[positions[present]] == keys[present]
    return np.where(present, positions, -1)


def sums_by(index: Indices, values: Array | Indices, size: int) -> Array:
    """The sum of the values at each index, (size,)."""
    return np.bincount(index, values, size).astype(float)


class Postings:
    """Inverted index of the n-grams of one order: the references of a picture that contain an n-gram, with counts.

    Entry e of `keys` is a pair of picture and n-gram; its occurrences are the rows from
    `starts[e]` to `starts[e + 1]` of `reference` (numbered within the picture) and `count`.
    """

    def __init__(self, counts: Counts, picture: Indices, reference: Indices) -> None:
        keys = picture[counts.sentence] << HALF | counts.ngram
        order = np.argsort(keys, kind="stable")
        self.keys, first = np.unique(keys[order], return_index=True)
        self.starts = np.append(first, len(keys))
        self.reference, self.count = reference[counts.sentence][order], counts.count[order]

    def find(self, picture: Indices, ngram: Indices) -> Indices:
        """The entry of each pair of picture and n-gram; -1 where no reference contains it."""
        return find(picture << HALF | ngram, self.keys)

    @cached_property
    def highest(self) -> tuple[Indices, Indices, Indices]:
        """Per entry: the highest count in a reference, the reference with that count, and the second highest count."""
        sizes = np.diff(self.starts)
        order = np.lexsort((-self.count, np.repeat(np.arange(len(sizes)), sizes)))
        ranked, first = np.append(self.count[order], 0), self.starts[:-1]
        return ranked[first], self.reference[order][first], np.where(sizes > 1, ranked[first + 1], 0)

    def document_frequency(self, known: int) -> Indices:
        """The number of pictures whose references contain each n-gram, (known,)."""
        return np.bincount(self.keys & (1 << HALF) - 1, minlength=known)


class ReferenceNgrams:
    """The n-grams of all references; row p of `references` belongs to picture p."""

    def __init__(self, references: Sequence[Sequence[str]]) -> None:
        sizes = np.array(list(map(len, references)))
        self.numbering = Numbering([text for texts in references for text in texts])
        picture = np.repeat(np.arange(len(sizes)), sizes)
        reference = np.arange(len(picture)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self.postings = [Postings(counts, picture, reference) for counts in self.numbering.counts]
