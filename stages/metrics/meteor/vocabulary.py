"""What METEOR knows of a word: its identity, stem, synonyms, and whether it is a function word."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from stages.metrics.meteor.relation import Relation, sharing
from stages.metrics.meteor.resources import Resources
from stages.metrics.meteor.stemmer import stem

# The kinds of match of two words, as bits.
EXACT, STEM, SYNONYM = 1, 2, 4
# Words that are remembered.
CACHED = 1 << 17
# Suffixes of inflected forms and what takes their place in the base form, in the order in which they are tried.
SUFFIXES = (
    *(("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man")),
    *(("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    *(("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
)


class Word(NamedTuple):
    """A word's properties."""

    identity: int
    # The identity of the stem.
    stem: int
    function: bool
    synsets: frozenset[int]


class Vocabulary:
    """The properties of words, and which words match which."""

    def __init__(self, resources: Resources) -> None:
        self._function, self._synsets, self._bases = resources.function_words, resources.synsets, resources.bases
        self.describe = lru_cache(CACHED)(self._describe)

    def _describe(self, word: str) -> Word:
        return Word(identity(word), identity(stem(word)), word in self._function, self._synsets_of(word))

    def _synsets_of(self, word: str) -> frozenset[int]:
        """The synsets of the word and of its base forms."""
        bases = self._bases.get(word)
        if bases is None:
            bases = [base] if (base := self._base(word)) else []
        numbers = " ".join(self._synsets.get(form, "") for form in (word, *bases))
        return frozenset(map(int, numbers.split()))

    def _base(self, word: str) -> str | None:
        """The first base form by the suffixes that WordNet has."""
        if word.endswith("ss") or len(word) < 3:
            return None
        bases = (word.removesuffix(suffix) + ending for suffix, ending in SUFFIXES if word.endswith(suffix))
        return next((base for base in bases if base in self._synsets), None)


def identity(word: str) -> int:
    """Java's hash of a string, by which METEOR compares words; some words share one, such as `is` and `k5`."""
    value = 0
    for unit in memoryview(word.encode("utf-16-le", "surrogatepass")).cast("H"):
        value = (31 * value + unit) & 0xFFFFFFFF
    return value


def relation_of(words: Sequence[Word]) -> Relation:
    """Which of some distinct words match which, and how: the sum of `EXACT`, `STEM` and `SYNONYM`."""
    count = len(words)
    numbers = np.arange(count)
    sizes = np.array([len(word.synsets) for word in words], np.int64)
    synsets = np.array([number for word in words for number in word.synsets], np.int64)
    exact = sharing(numbers, np.array([word.identity for word in words], np.int64), count)
    stem = sharing(numbers, np.array([word.stem for word in words], np.int64), count)
    synonym = sharing(np.repeat(numbers, sizes), synsets, count)
    keys, place = np.unique(np.concatenate([exact, stem, synonym]), return_inverse=True)
    kinds = np.repeat([EXACT, STEM, SYNONYM], [len(exact), len(stem), len(synonym)])
    values = np.bincount(place, kinds, len(keys)).astype(np.int64)
    # Equal words match in no other way.
    return Relation(keys, np.where(values & EXACT, EXACT, values), count)
