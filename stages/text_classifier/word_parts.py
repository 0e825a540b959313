"""The parts of words: their sequences of three to five characters, a blank at each end included.

Endings, stems and halves of compounds say something about words that are not in the training text, as in fastText
(Bojanowski et al., 2017). scikit-learn finds them (`char_wb`).
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

LENGTHS = (3, 5)
# Fewer words do not share a part that says more than they do: with two, the mixture was no better, and training slower.
SHARING = 3


def part_counter(parts: Sequence[str] | None = None, most: int | None = None) -> CountVectorizer:
    """Counts of each part in words, float32 (words, parts): of `parts`, or of those that it is fitted on.

    Args:
        most: fit this many parts at most, the most frequent ones.
    """
    return CountVectorizer(
        analyzer="char_wb",
        ngram_range=LENGTHS,
        lowercase=False,
        max_features=most,
        vocabulary=None if parts is None else {part: column for column, part in enumerate(parts)},
        dtype=np.float32,
    )


def shared_parts(words: Sequence[str]) -> list[str]:
    """The parts that at least SHARING of `words`, all different, have."""
    if not words:
        return []
    counter = part_counter()
    counts = counter.fit_transform(words)
    shared = np.bincount(counts.indices, minlength=counts.shape[1]) >= SHARING
    return counter.get_feature_names_out()[shared].tolist()


class WordParts:
    """The ids of the parts of any words; a part's id is its place in `parts`, and others are left out."""

    def __init__(self, parts: Sequence[str]) -> None:
        self.parts = list(parts)
        # scikit-learn accepts no empty vocabulary.
        self._counter = part_counter(self.parts) if self.parts else None

    def of(self, words: Sequence[str]) -> csr_matrix:
        """Rows are `words`, columns parts: the ids of the parts of word i are `indices[indptr[i] : indptr[i + 1]]`."""
        if self._counter is None or not words:
            return csr_matrix(np.zeros((len(words), len(self.parts)), np.float32))
        return csr_matrix(self._counter.transform(words))
