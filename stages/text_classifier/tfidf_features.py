"""TF-IDF of words, of pairs of words, and of the parts of words.

The parts are counted once for each distinct word, and those of an utterance are a product of two sparse matrices: half
a million utterances have ten thousands of distinct words.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer

from stages.text_classifier.interface import Tokens
from stages.text_classifier.word_parts import part_counter

# The most frequent terms of each kind are kept. Half a million utterances have millions of pairs, most of which occur
# once, and the solver holds some twenty vectors with a number for each term and emotion: gigabytes.
MAX_TERMS = 500_000
PAIRS = (1, 2)


class Features:
    """Tokenized utterances -> float32 (N, terms + parts); the rows of both kinds have length 1.

    Attributes:
        terms, parts: the words and pairs, and the parts of words, in the order of the columns.
        idf: the inverse document frequency of each column, float32.
    """

    def __init__(self, terms: Sequence[str], parts: Sequence[str], idf: np.ndarray) -> None:
        self.terms, self.parts, self.idf = list(terms), list(parts), idf
        self._words = _word_vectorizer({term: column for column, term in enumerate(terms)})
        self._words.idf_ = idf[: len(terms)]
        self._parts = part_counter(self.parts)
        self._weights = TfidfTransformer(sublinear_tf=True)
        self._weights.idf_ = idf[len(terms) :]

    @classmethod
    def of(cls, tokens: Tokens) -> "Features":
        """The terms and parts of training utterances, and their document frequencies."""
        words = _word_vectorizer().fit(map(" ".join, tokens))
        parts = part_counter(most=MAX_TERMS).fit(dict.fromkeys(chain.from_iterable(tokens)))
        weights = TfidfTransformer(sublinear_tf=True).fit(_counted(tokens, parts))
        idf = np.concatenate([words.idf_, weights.idf_]).astype(np.float32)
        return cls(words.get_feature_names_out().tolist(), parts.get_feature_names_out().tolist(), idf)

    def __call__(self, tokens: Tokens) -> csr_matrix:
        """The features of tokenized utterances, which may be empty."""
        words = self._words.transform(map(" ".join, tokens))
        parts = self._weights.transform(_counted(tokens, self._parts), copy=False)
        return csr_matrix(hstack([words, parts], "csr"))


def _counted(tokens: Tokens, parts: CountVectorizer) -> csr_matrix:
    """How often each part occurs in each utterance, float32 (N, parts)."""
    number = {word: position for position, word in enumerate(dict.fromkeys(chain.from_iterable(tokens)))}
    of_words = parts.transform(number)  # (distinct words, parts)
    flat = np.fromiter((number[word] for word in chain.from_iterable(tokens)), np.int32)
    starts = np.cumsum([0, *map(len, tokens)], dtype=np.int32)
    words = csr_matrix((np.ones(len(flat), np.float32), flat, starts), (len(tokens), len(number)))
    return csr_matrix(words @ of_words)


def _word_vectorizer(vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        tokenizer=str.split,
        token_pattern=None,
        lowercase=False,
        ngram_range=PAIRS,
        sublinear_tf=True,
        max_features=MAX_TERMS,
        vocabulary=vocabulary,
        dtype=np.float32,
    )
