"""Tokenize all utterances of a corpus; text is processed once per distinct piece.

Half a million utterances hold a few tens of thousands of distinct words, so utterances are split at spaces, the
distinct pieces are cleaned and tokenized, and the results are assembled by NumPy from their numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stages.utterances.word_tokenizer import FIRST, LAST, apply_jointly, pad


@dataclass(frozen=True)
class Ragged:
    """Lists of different lengths: list i is `values[offsets[i] : offsets[i + 1]]`."""

    offsets: np.ndarray  # (n + 1,) int64
    values: np.ndarray  # (total,) int32

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Ragged":
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        return cls(_offsets(lengths), np.fromiter(chain.from_iterable(lists), np.int32, int(lengths.sum())))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.offsets)

    def take(self, rows: np.ndarray) -> "Ragged":
        """The lists `rows`, in that order."""
        lengths = self.lengths[rows]
        offsets = _offsets(lengths)
        # Index of each value: the start of its source list, plus its place in the list.
        index = np.arange(offsets[-1])
        index += np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(offsets, self.values[index])

    def replace(self, lists: "Ragged") -> "Ragged":
        """Replace each value v by the list `lists[v]`."""
        flat = lists.take(self.values)
        return Ragged(flat.offsets[self.offsets], flat.values)


def _offsets(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


@dataclass(frozen=True)
class Tokens:
    """Tokens of each utterance; `words[ids.values[k]]` is token k of the corpus."""

    ids: Ragged
    words: list[str]

    @classmethod
    def of(cls, lists: Iterable[Sequence[str]]) -> "Tokens":
        """Number the words in the order of their first appearance."""
        numbers: dict[str, int] = {}
        ids = Ragged.of([[numbers.setdefault(word, len(numbers)) for word in words] for words in lists])
        return cls(ids, list(numbers))

    def take(self, rows: np.ndarray) -> "Tokens":
        """The tokens of the utterances `rows`."""
        return Tokens(self.ids.take(rows), self.words)

    def counts(self) -> dict[str, int]:
        """Number of occurrences of each word, in the order of first appearance."""
        counts = np.bincount(self.ids.values, minlength=len(self.words))
        # NumPy keeps the last of several values for one place: the first one, if assigned backwards.
        first = np.zeros(len(self.words), np.int64)
        first[self.ids.values[::-1]] = np.arange(len(self.ids.values))[::-1]
        present = np.flatnonzero(counts)
        order = present[np.argsort(first[present])]
        return {self.words[word]: int(counts[word]) for word in order}

    def lists(self) -> pa.Array:
        """Arrow array with a list of strings for each utterance."""
        words = pa.DictionaryArray.from_arrays(pa.array(self.ids.values), pa.array(self.words, pa.string()))
        return pa.ListArray.from_arrays(pa.array(self.ids.offsets, pa.int32()), words.cast(pa.string()))


@dataclass(frozen=True)
class Spelling:
    """Result of a spell check."""

    corrections: Mapping[str, str]
    # Unknown tokens without a near enough word.
    uncorrectable: Sequence[str]


class Rules(Protocol):
    """Text rules: from utterances as typed to tokens."""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """Apply the steps that need the whole utterance."""

    def clean(self, piece: str) -> str:
        """Apply the steps that do not reach across a space to a piece between two spaces.

        The result may hold spaces; if NLTK tokenizes it, it holds no full stop, comma or colon.
        """

    def tokenize(self, words: Sequence[str]) -> Iterable[Sequence[str]]:
        """Tokens of each cleaned word between two spaces, as `word_tokenizer.pad` pads it."""

    def record(self) -> dict[str, Any]:
        """Name of the rules and their word tables, from which tokenizer.py restores them."""

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        """Check the distinct tokens of the corpus, given with their counts."""


def tokenize_all(utterances: pa.Array | pa.ChunkedArray, rules: Rules) -> Tokens:
    """Tokens of each utterance, without spelling correction."""
    if isinstance(utterances, pa.ChunkedArray):
        utterances = utterances.combine_chunks()
    texts, pieces = _split(rules.prepare(utterances))
    # A piece at an end of an utterance may have other tokens than in the middle, so its position is part of the key.
    keys, where = _distinct(4 * texts.values + _ends(texts))
    tokens = _tokenize_pieces(pieces, keys, rules)
    return Tokens(Ragged(texts.offsets, where).replace(tokens.ids), tokens.words)


def correct(tokens: Tokens, spelling: Spelling) -> Tokens:
    """Replace misspelled words by their corrections."""
    numbers: dict[str, int] = {}
    renumbered = [numbers.setdefault(spelling.corrections.get(word, word), len(numbers)) for word in tokens.words]
    ids = np.array(renumbered, np.int32)[tokens.ids.values]
    return Tokens(Ragged(tokens.ids.offsets, ids), list(numbers))


def _split(texts: pa.Array) -> tuple[Ragged, list[str]]:
    """Split at spaces; returns the pieces of each text as numbers of the distinct pieces."""
    lists = pc.split_pattern(texts, " ")
    strings = lists.flatten().dictionary_encode()
    return Ragged(np.asarray(lists.offsets, np.int64), np.asarray(strings.indices)), strings.dictionary.to_pylist()


def _ends(lists: Ragged) -> np.ndarray:
    """FIRST and LAST for the values at the ends of each list, 0 for the others; no list may be empty."""
    ends = np.zeros(len(lists.values), np.int32)
    ends[lists.offsets[:-1]] = FIRST
    ends[lists.offsets[1:] - 1] |= LAST
    return ends


def _distinct(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys, sorted, and the place of each of `keys` among them."""
    present = np.bincount(keys) > 0
    places = np.cumsum(present, dtype=np.int32) - 1
    return np.flatnonzero(present), places[keys]


def _tokenize_pieces(pieces: list[str], keys: np.ndarray, rules: Rules) -> Tokens:
    """Tokens of each key: 4 * number of the piece + its position (FIRST, LAST)."""
    cleaned, words = _split(pa.array(apply_jointly(rules.clean, pieces), pa.string()))
    placed = cleaned.take(keys // 4)
    outer = np.repeat(keys % 4, placed.lengths)
    pairs, where = _distinct(4 * placed.values + (_ends(placed) & outer))
    tokens = Tokens.of(rules.tokenize([pad(words[pair // 4], pair % 4) for pair in pairs.tolist()]))
    return Tokens(Ragged(placed.offsets, where).replace(tokens.ids), tokens.words)
