"""From tokens to padded ids: the interface of networks and readers, and the words of a whole table."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow.parquet as pq
import torch
from torch import Tensor, nn

from stages.utterances.spelling import toward
from stages.utterances.vocabulary import EOS, PAD, SPECIALS, UNK, Vocabulary

Tokens = Sequence[Sequence[str]]


class EmotionNetwork(nn.Module, ABC):
    """Ids (N, T) and lengths (N,) -> logits (N, 9)."""

    @abstractmethod
    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Every length is at least 1, and the largest is T."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What JSON must hold, beside the weights, to make the same network again; `arch` among it."""


class Reader(Protocol):
    """Turns utterances, already tokenized, into the ids that a network knows."""

    # What fills the shorter rows of a batch.
    pad: int

    def read(self, tokens: Tokens) -> list[list[int]]:
        """Ids of each utterance, one at least."""

    def proofread(self, tokens: Tokens) -> Tokens:
        """The tokens of new text as those of the training text are spelled."""

    def config(self) -> dict[str, Any]:
        """What JSON must hold to make the same reader again."""


class WordReader:
    """One id a word; a word that the vocabulary lacks is <unk>, an utterance without words <eos> alone."""

    pad = PAD

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def read(self, tokens: Tokens) -> list[list[int]]:
        ids = self.vocabulary.ids
        return [[ids.get(word, UNK) for word in words] or [EOS] for words in tokens]

    def proofread(self, tokens: Tokens) -> Tokens:
        return corrected(tokens, self.vocabulary.words[len(SPECIALS) :])

    def config(self) -> dict[str, Any]:
        return {"vocabulary": self.vocabulary.words}


def corrected(tokens: Tokens, words: Sequence[str]) -> Tokens:
    """`tokens` with what is misspelled in them corrected towards `words`, the likeliest first."""
    found = toward(words, (token for said in tokens for token in said))
    return [[found.get(token, token) for token in said] for said in tokens] if found else tokens


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Ids (N, T), T being the longest row's length, and lengths (N,)."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    ids = np.full((len(rows), int(lengths.max(initial=1))), pad, np.int64)
    ids[np.arange(ids.shape[1]) < lengths[:, None]] = np.fromiter(
        (index for row in rows for index in row), np.int64, int(lengths.sum())
    )
    return torch.from_numpy(ids), torch.from_numpy(lengths)


@dataclass(frozen=True)
class Words:
    """Utterance by utterance: `distinct[i]` for i in `flat` (all words,), of which each has `lengths` (N,)."""

    distinct: list[str]
    flat: np.ndarray
    lengths: np.ndarray

    @classmethod
    def read(cls, table: Path) -> "Words":
        """The column `tokens` of all rows."""
        column = pq.read_table(table, columns=["tokens"])["tokens"].combine_chunks()
        words = column.flatten().dictionary_encode()
        lengths = np.diff(column.offsets.to_numpy())
        return cls(words.dictionary.to_pylist(), words.indices.to_numpy(), lengths)

    def vocabulary(self, rows: np.ndarray, min_count: int) -> Vocabulary:
        """The words that occur at least `min_count` times where `rows` (N,) is true, in order of first appearance."""
        seen = self.flat[np.repeat(rows, self.lengths)]
        counts = np.bincount(seen, minlength=len(self.distinct))
        _, first = np.unique(seen, return_index=True)
        order = seen[np.sort(first)]
        return Vocabulary.build({self.distinct[word]: int(counts[word]) for word in order.tolist()}, min_count)

    def encode(self, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
        """Ids int32 (N, T) padded to the longest, and lengths (N,), as `WordReader` reads them."""
        known = np.array([vocabulary.ids.get(word, UNK) for word in self.distinct], np.int32)
        ids = np.full((len(self.lengths), max(1, int(self.lengths.max(initial=1)))), PAD, np.int32)
        ids[np.arange(ids.shape[1]) < self.lengths[:, None]] = known[self.flat]
        ids[self.lengths == 0, 0] = EOS
        return ids, self.lengths.clip(1)
