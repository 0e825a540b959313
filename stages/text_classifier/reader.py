"""Read words as ids: the reader of a vocabulary, and a fast path for all utterances of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from stages.text_classifier.interface import Tokens
from stages.utterances.spelling import corrections_to
from stages.utterances.vocabulary import EOS, PAD, SPECIALS, UNK, Vocabulary


class WordReader:
    """One id per word; a word outside the vocabulary is <unk>, an utterance without words is <eos> alone."""

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
    """`tokens` with misspelled words corrected towards `words`, which are in descending order of preference."""
    corrections = corrections_to(words, (token for utterance in tokens for token in utterance))
    if not corrections:
        return tokens
    return [[corrections.get(token, token) for token in utterance] for utterance in tokens]


@dataclass(frozen=True)
class Words:
    """The words of a table without its strings.

    Attributes:
        distinct: each different word once.
        flat: index into `distinct` of every word of every utterance, one utterance after another.
        lengths: number of words of each utterance (N,).
    """

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
        chosen = self.flat[np.repeat(rows, self.lengths)]
        counts = np.bincount(chosen, minlength=len(self.distinct))
        _, first = np.unique(chosen, return_index=True)
        order = chosen[np.sort(first)]
        return Vocabulary.build({self.distinct[word]: int(counts[word]) for word in order.tolist()}, min_count)

    def encode(self, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
        """Ids int32 (N, T), padded to the longest utterance, and lengths (N,), equal to those of `WordReader`."""
        word_ids = np.array([vocabulary.ids.get(word, UNK) for word in self.distinct], np.int32)
        ids = np.full((len(self.lengths), max(1, int(self.lengths.max(initial=1)))), PAD, np.int32)
        ids[np.arange(ids.shape[1]) < self.lengths[:, None]] = word_ids[self.flat]
        ids[self.lengths == 0, 0] = EOS
        return ids, self.lengths.clip(1)
