"""CIDEr-D (Vedantam et al., 2015): the similarity of captions and references in TF-IDF-weighted n-grams.

Equal to pycocoevalcap's. A metric of the stage `metrics`, and the reward of `speaker.self_critical`.
"""

from collections.abc import Sequence

import numpy as np

from stages.common.ngrams import (
    ORDERS,
    Array,
    Counts,
    Entries,
    Indices,
    Pairs,
    Postings,
    ReferenceNgrams,
    entries,
    ranges,
    sums_by,
)

# Standard deviation of the Gaussian length penalty; pycocoevalcap compares lengths in bigrams.
SIGMA = 6.0
# A score is this times the mean similarity.
SCALE = 10


class CiderD:
    """CIDEr-D against `references`, whose document frequencies weight the n-grams."""

    def __init__(self, references: ReferenceNgrams) -> None:
        self.references = references
        self._pictures = float(np.log(len(references.sizes)))
        self._idfs = [
            self._pictures - np.log(postings.document_frequency(known))
            for postings, known in zip(references.postings, references.numbering.known, strict=True)
        ]
        counted, sentences = references.numbering.counts, int(references.sizes.sum())
        self._norms = [_norms(counts, idf, sentences) for counts, idf in zip(counted, self._idfs, strict=True)]
        self._bigrams = _bigrams(counted[1], sentences)

    def of_cells(self, pairs: Pairs, texts: Sequence[str]) -> Array:
        """The similarity of each pair's text and one reference of its picture, 0 to 1, (cells,)."""
        text = pairs.text[pairs.pair]
        similarity = np.zeros(len(pairs.pair))
        for order, (postings, counts, found) in enumerate(entries(pairs, texts, self.references)):
            idf = np.append(self._idfs[order], self._pictures)  # the last one: of n-grams in no reference
            length = _norms(counts, idf, len(texts))[text] * self._norms[order][pairs.reference]
            products = _products(pairs, postings, found, idf)
            similarity += np.divide(products, length, out=np.zeros(len(products)), where=length != 0) / ORDERS
            if order == 1:
                difference = _bigrams(counts, len(texts))[text] - self._bigrams[pairs.reference]
        return similarity * np.exp(-(difference**2) / (2 * SIGMA**2))

    def of_texts(self, texts: Sequence[str], picture: Indices) -> Array:
        """The score of each text against all references of its picture (T,), (T,)."""
        pairs = Pairs(picture, np.arange(len(texts)), self.references.sizes)
        return SCALE * sums_by(pairs.pair, self.of_cells(pairs, texts), len(texts)) / pairs.sizes


def _bigrams(counts: Counts, sentences: int) -> Array:
    """The number of bigrams of each sentence, (sentences,)."""
    return sums_by(counts.sentence, counts.count, sentences)


def _norms(counts: Counts, idf: Array, sentences: int) -> Array:
    """The norm of each sentence's TF-IDF vector, (sentences,)."""
    weights = counts.count * idf[np.minimum(counts.ngram, len(idf) - 1)]
    return np.sqrt(sums_by(counts.sentence, weights**2, sentences))


def _products(pairs: Pairs, postings: Postings, ngrams: Entries, idf: Array) -> Array:
    """The inner product of the clipped TF-IDF vector of each cell's text and that of its reference, (cells,)."""
    known = np.flatnonzero(ngrams.entry >= 0)
    entry = ngrams.entry[known]
    rows, number = ranges(postings.starts[entry], postings.starts[entry + 1] - postings.starts[entry])
    weight = idf[ngrams.ngram[known]][number]
    reference = postings.count[rows] * weight
    clipped = np.minimum(ngrams.count[known][number] * weight, reference)
    cell = pairs.starts[ngrams.pair[known]][number] + postings.reference[rows]
    return sums_by(cell, clipped * reference, len(pairs.pair))
