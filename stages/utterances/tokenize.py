"""Tokenize all utterances of a corpus: every distinct piece of text is processed once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stages.utterances.word_tokenizer import FIRST, LAST, placed, together, tokenize_each


@dataclass(frozen=True)
class Ragged:
    """List i is `values[offsets[i] : offsets[i + 1]]`."""

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
        # Where each value lies: the start of its list there, plus its place in the list.
        places = np.arange(offsets[-1])
        places += np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(offsets, self.values[places])

    def replace(self, lists: "Ragged") -> "Ragged":
        """Put the list `lists[v]` in the place of each value v."""
        flat = lists.take(self.values)
        return Ragged(flat.offsets[self.offsets], flat.values)


def _offsets(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


@dataclass(frozen=True)
class Spelling:
    """What became of the tokens that no list of words knows."""

    corrections: Mapping[str, str]
    # Not known, and nothing near enough to be meant.
    uncorrectable: Sequence[str]


class Rules(Protocol):
    """From an utterance as typed to tokens, in four steps; and how to come by them again."""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """The steps that need to see a whole utterance."""

    def clean(self, piece: str) -> str:
        """The steps that see no further than a space; `piece` is what stands between two spaces.

        The result holds no full stop, comma or colon, and may hold spaces.
        """

    def respell(self, token: str) -> Sequence[str]:
        """What stands for a token: mostly itself, but a table may know better."""

    def record(self) -> dict[str, Any]:
        """What tokenizer.py needs to do the same to other text: the name of the rules, and their word tables."""

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        """Correct the distinct tokens of the corpus, given with how often each occurs."""


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
    texts, pieces = _split(rules.prepare(utterances))
    # A piece at an end of an utterance may be read otherwise than the same in its middle.
    keys, where = _distinct(4 * texts.values + _ends(texts))
    tokens = _tokens_of_pieces(pieces, keys, rules)
    return Tokens(Ragged(texts.offsets, where).replace(tokens.ids), tokens.words)


def correct(tokens: Tokens, spelling: Spelling) -> Tokens:
    """The same with its misspelled words replaced."""
    numbers: dict[str, int] = {}
    renamed = [numbers.setdefault(spelling.corrections.get(word, word), len(numbers)) for word in tokens.words]
    ids = np.array(renamed, np.int32)[tokens.ids.values]
    return Tokens(Ragged(tokens.ids.offsets, ids), list(numbers))


def _split(texts: pa.Array) -> tuple[Ragged, list[str]]:
    """What stands between spaces, as numbers of distinct strings."""
    lists = pc.split_pattern(texts, " ")
    strings = lists.flatten().dictionary_encode()
    return Ragged(np.asarray(lists.offsets, np.int64), np.asarray(strings.indices)), strings.dictionary.to_pylist()


def _ends(lists: Ragged) -> np.ndarray:
    """FIRST and LAST for the values at the ends of a list, 0 for the others; no list may be empty."""
    ends = np.zeros(len(lists.values), np.int32)
    ends[lists.offsets[:-1]] = FIRST
    ends[lists.offsets[1:] - 1] |= LAST
    return ends


def _distinct(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The keys that occur, and for each of `keys` its place among them."""
    present = np.bincount(keys) > 0
    places = np.cumsum(present, dtype=np.int32) - 1
    return np.flatnonzero(present), places[keys]


def _tokens_of_pieces(pieces: list[str], keys: np.ndarray, rules: Rules) -> Tokens:
    """The tokens of each placed piece: 4 * its number, plus FIRST and LAST where it is."""
    cleaned, words = _split(pa.array(together(rules.clean, pieces), pa.string()))
    placed_pieces = cleaned.take(keys // 4)
    outer = np.repeat(keys % 4, placed_pieces.lengths)
    pairs, where = _distinct(4 * placed_pieces.values + (_ends(placed_pieces) & outer))
    tokens = Tokens.of(_meant([placed(words[pair // 4], pair % 4) for pair in pairs.tolist()], rules))
    return Tokens(Ragged(placed_pieces.offsets, where).replace(tokens.ids), tokens.words)


def _meant(words: list[str], rules: Rules) -> list[list[str]]:
    """The tokens of each placed word."""
    tokens = tokenize_each(words)
    return [[meant for token in tokens[word] for meant in rules.respell(token)] for word in words]
