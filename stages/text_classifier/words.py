"""The words of a whole table of utterances as arrays, from which vocabulary and ids come without a loop over rows.

The network has a vocabulary of its own: the one that `utterances` makes is for speaking,
and leaves out rare words, which still tell an emotion.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from stages.utterances.vocabulary import EOS, PAD, UNK, Vocabulary


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
