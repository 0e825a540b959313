"""Sentences as arrays: their words, the function words among them, and their phrases."""

from collections.abc import Iterable
from itertools import chain, pairwise
from typing import TypeVar

import numpy as np

from stages.metrics.meteor.paraphrases import UNKNOWN, Paraphrases
from stages.metrics.meteor.ragged import Indices, starts_of
from stages.metrics.meteor.relation import Items
from stages.metrics.meteor.vocabulary import Vocabulary, relation_of
from stages.metrics.meteor.words import Prefixes, words

T = TypeVar("T")


class Corpus:
    """S distinct texts, each of which may be compared with each.

    Attributes:
        number: each text's number.
        words: the distinct words of each sentence, as numbers.
        related: which words match which.
        function: the function words before each word of `words.items`, and all of them, (W + 1,).
        identity: a number for each sentence, equal for those that METEOR takes for the same, (S,).
        phrases: the phrases with paraphrases.
    """

    def __init__(
        self, texts: Iterable[str], prefixes: Prefixes, vocabulary: Vocabulary, paraphrases: Paraphrases
    ) -> None:
        self.number = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        sentences = [words(text, prefixes) for text in self.number]
        flat, distinct_words = _numbered(chain.from_iterable(sentences))
        described = [vocabulary.describe(word) for word in distinct_words]
        starts = starts_of(np.array(list(map(len, sentences)), np.int64))
        self.words = Items(flat, starts)
        self.related = relation_of(described)
        self.function = starts_of(np.array([word.function for word in described], np.int64)[flat])
        identities = np.array([word.identity for word in described], np.int64)[flat]
        self.identity, _ = _numbered(identities[a:b].tobytes() for a, b in pairwise(starts.tolist()))
        in_table = np.array([paraphrases.numbers.get(word, UNKNOWN) for word in distinct_words], np.int64)
        self.phrases = paraphrases.find(in_table[flat], starts)


def _numbered(items: Iterable[T]) -> tuple[Indices, list[T]]:
    """The number of each item among the distinct ones, and these in the order of their first appearance."""
    numbers: dict[T, int] = {}
    flat = [numbers.setdefault(item, len(numbers)) for item in items]
    return np.array(flat, np.int64), list(numbers)
