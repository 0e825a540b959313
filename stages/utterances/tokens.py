"""The tokens of all utterances: each distinct piece of text is worked on once.

Half a million utterances are made of some hundred thousand distinct pieces between
spaces. What the rules do to a piece is done to each distinct one; the rest is a matter
of numbers in flat arrays.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stages.utterances.ragged import Ragged
from stages.utterances.rules import Rules, Spelling
from stages.utterances.word_tokenizer import BATCH, BETWEEN, placed_words, tokenize_each

FIRST, LAST = 1, 2


@dataclass(frozen=True)
class Tokens:
    """The tokens of each utterance; `words[ids.values[k]]` is the k-th one of all."""

    ids: Ragged
    words: list[str]

    @classmethod
    def of(cls, lists: Iterable[Sequence[str]]) -> "Tokens":
        """Number the words in the order of their first appearance."""
        numbers: dict[str, int] = {}
        ids = Ragged.of([[numbers.setdefault(word, len(numbers)) for word in words] for words in lists])
        return cls(ids, list(numbers))

    def take(self, rows: np.ndarray) -> "Tokens":
        """Those of some utterances."""
        return Tokens(self.ids.take(rows), self.words)

    def counts(self) -> dict[str, int]:
        """How often each word occurs, in the order of first appearance."""
        counts = np.bincount(self.ids.values, minlength=len(self.words))
        # Of several values for one place NumPy keeps the last, so backwards the first.
        first = np.zeros(len(self.words), np.int64)
        first[self.ids.values[::-1]] = np.arange(len(self.ids.values))[::-1]
        present = np.flatnonzero(counts)
        order = present[np.argsort(first[present])]
        return {self.words[word]: int(counts[word]) for word in order}

    def lists(self) -> pa.Array:
        """As a list of strings each."""
        words = pa.DictionaryArray.from_arrays(pa.array(self.ids.values), pa.array(self.words, pa.string()))
        return pa.ListArray.from_arrays(pa.array(self.ids.offsets, pa.int32()), words.cast(pa.string()))


def tokenize_all(utterances: pa.Array | pa.ChunkedArray, rules: Rules) -> Tokens:
    """The tokens of each utterance before their spelling is checked."""
    if isinstance(utterances, pa.ChunkedArray):
        utterances = utterances.combine_chunks()
    lists = pc.split_pattern(rules.prepare(utterances), " ")
    pieces = lists.flatten().dictionary_encode()
    ids = Ragged(np.asarray(lists.offsets, np.int64), np.asarray(pieces.indices))
    # A piece at an end of an utterance may be read otherwise than the same in its middle.
    ends = np.zeros(len(ids.values), np.int32)
    ends[ids.offsets[:-1]] = FIRST
    ends[ids.offsets[1:] - 1] |= LAST
    placed, where = _distinct(ids.values * 4 + ends, 4 * len(pieces.dictionary))
    words = _words(pieces.dictionary.to_pylist(), placed, rules)
    tokens = Tokens.of(words)
    return Tokens(Ragged(ids.offsets, where).replace(tokens.ids), tokens.words)


def correct(tokens: Tokens, spelling: Spelling) -> Tokens:
    """The same with its misspelled words replaced."""
    numbers: dict[str, int] = {}
    renamed = [numbers.setdefault(spelling.corrections.get(word, word), len(numbers)) for word in tokens.words]
    ids = np.array(renamed, np.int32)[tokens.ids.values]
    return Tokens(Ragged(tokens.ids.offsets, ids), list(numbers))


def _distinct(keys: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """The keys below `limit` that occur, and for each of `keys` its place among them."""
    present = np.flatnonzero(np.bincount(keys, minlength=limit))
    places = np.zeros(limit, np.int32)
    places[present] = np.arange(len(present))
    return present, places[keys]


def _words(pieces: list[str], placed: np.ndarray, rules: Rules) -> Iterator[list[str]]:
    """The words of each placed piece: 4 * its number, plus FIRST and LAST where it is."""
    cleaned = clean_each(pieces, rules)
    where = [divmod(key, 4) for key in placed.tolist()]
    parts = [placed_words(cleaned[piece], first=bool(ends & FIRST), last=bool(ends & LAST)) for piece, ends in where]
    meant = {
        part: [word for token in found for word in rules.respell(token)]
        for part, found in tokenize_each(chain.from_iterable(parts)).items()
    }
    for words in parts:
        yield [word for part in words for word in meant[part]]


def clean_each(pieces: Sequence[str], rules: Rules) -> list[str]:
    """`rules.clean` of each piece; as it sees no further than a space, many are cleaned as one text."""
    cleaned: list[str] = []
    for start in range(0, len(pieces), BATCH):
        batch = pieces[start : start + BATCH]
        together = BETWEEN not in "".join(batch)
        between = f" {BETWEEN} "
        cleaned += rules.clean(between.join(batch)).split(between) if together else map(rules.clean, batch)
    return cleaned
