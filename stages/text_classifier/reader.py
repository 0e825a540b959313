"""Read words as ids of a vocabulary, and by their parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from torch import Tensor

from stages.text_classifier.interface import Examples, Lexicon, Tokens
from stages.text_classifier.word_parts import WordParts
from stages.utterances.spelling import Corrector
from stages.utterances.vocabulary import EOS, PAD, SPECIALS, UNK, Vocabulary


class WordReader:
    """One id per word; a word outside the vocabulary is <unk>, an utterance without words is <eos> alone.

    Args:
        parts: what the network knows of words besides, if any; then the ids are those of a lexicon.
    """

    def __init__(self, vocabulary: Vocabulary, parts: Sequence[str] = ()) -> None:
        self.vocabulary, self._parts = vocabulary, WordParts(parts)
        self._corrector = Corrector(vocabulary.words[len(SPECIALS) :])

    def read(self, tokens: Tokens, labels: np.ndarray) -> Examples:
        return self.encode(Words.of(tokens), labels)

    def encode(self, words: "Words", labels: np.ndarray) -> Examples:
        """As `read`, with the words already counted."""
        targets = torch.from_numpy(labels.astype(np.int64))
        if not self._parts.parts:
            ids, lengths = words.padded(np.array(self._known(words.distinct), np.int32), empty=EOS, pad=PAD)
            return Examples(ids, lengths, targets)
        # In alphabetical order: the order of a sum decides its last bits, which other words must not change.
        lexicon = sorted(words.distinct)
        rows = {word: row for row, word in enumerate(lexicon)}
        # <eos> and <pad> are the last two words of the lexicon, and have no parts.
        count, parts = len(lexicon), self._parts.of(lexicon)
        places = np.array([rows[word] for word in words.distinct], np.int32)
        ids, lengths = words.padded(places, empty=count, pad=count + 1)
        starts = np.append(parts.indptr, [len(parts.indices)] * 2)
        table = ([*self._known(lexicon), EOS, PAD], parts.indices, starts)
        return Examples(ids, lengths, targets, Lexicon(*(torch.from_numpy(np.asarray(row, np.int64)) for row in table)))

    def _known(self, words: Sequence[str]) -> list[int]:
        return [self.vocabulary.ids.get(word, UNK) for word in words]

    def proofread(self, tokens: Tokens) -> Tokens:
        corrections = self._corrector.corrections(token for utterance in tokens for token in utterance)
        if not corrections:
            return tokens
        return [[corrections.get(token, token) for token in utterance] for utterance in tokens]

    def config(self) -> dict[str, Any]:
        return {"vocabulary": self.vocabulary.words, "parts": self._parts.parts}


@dataclass(frozen=True)
class Words:
    """The words of utterances, each string once.

    Attributes:
        distinct: each different word once.
        flat: index into `distinct` of every word of every utterance, one utterance after another.
        lengths: number of words of each utterance (N,).
    """

    distinct: list[str]
    flat: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, tokens: Tokens) -> "Words":
        """The words of tokenized utterances."""
        number: dict[str, int] = {}
        flat = [number.setdefault(word, len(number)) for words in tokens for word in words]
        return cls(list(number), np.array(flat, np.int32), np.fromiter(map(len, tokens), np.int64, len(tokens)))

    @classmethod
    def read(cls, table: Path) -> "Words":
        """The column `tokens` of all rows of a Parquet file; much faster than `of`."""
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

    def padded(self, ids: np.ndarray, *, empty: int, pad: int) -> tuple[Tensor, Tensor]:
        """Ids int32 (N, T) of all words, given those of the distinct ones (D,), and lengths int64 (N,).

        Args:
            empty: the only id of an utterance without words.
            pad: the id that fills up to the longest utterance.
        """
        rows = np.full((len(self.lengths), int(self.lengths.max(initial=1))), pad, np.int32)
        rows[np.arange(rows.shape[1]) < self.lengths[:, None]] = ids[self.flat]
        rows[self.lengths == 0, 0] = empty
        return torch.from_numpy(rows), torch.from_numpy(self.lengths.clip(1).astype(np.int64))
