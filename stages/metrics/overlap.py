"""BLEU, CIDEr-D and ROUGE-L: n-grams and subsequences that a caption shares with its references."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from stages.metrics.interface import NONE, Columns, Context, Metric, Pairings, Score, Value, mean
from stages.metrics.ngrams import ORDERS, Array, Counts, Indices, Postings, sums_by


class Cells:
    """The P distinct pairs of a picture and a text among some pairings, and their cells.

    A cell is a pair with one reference of its picture; the cells of a pair are neighbours.
    So each caption is compared with each reference once, whichever reference is left out.
    """

    def __init__(self, pairings: Pairings, context: Context) -> None:
        texts = max(len(pairings.texts), 1)
        keys, self.pair_of = np.unique(pairings.picture * texts + pairings.text, return_inverse=True)  # (T,) -> pair
        self.picture, self.text = keys // texts, keys % texts  # (P,)
        sizes = np.array(list(map(len, context.references)))
        self.sizes = sizes[self.picture]
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.pair = np.repeat(np.arange(len(keys)), self.sizes)  # (cells,)
        # The reference of each cell, numbered over all pictures.
        within = np.arange(len(self.pair)) - self.starts[self.pair]
        self.reference = (np.cumsum(sizes) - sizes)[self.picture[self.pair]] + within
        # The cell of the reference that is left out, (T,).
        self.dropped = np.where(pairings.dropped == NONE, NONE, self.starts[self.pair_of] + pairings.dropped)
        if np.any(self.left == 0):
            raise ValueError("the only reference of a picture is left out; every picture needs two")

    @cached_property
    def left(self) -> Indices:
        """The number of references that are not left out, (T,)."""
        return self.sizes[self.pair_of] - (self.dropped != NONE)

    def best(self, values: Array) -> Indices:
        """The cell with the maximum of each pairing's cells, the first of equal ones, (cells,) -> (T,)."""
        order = np.lexsort((-values, self.pair))
        # A pair with one cell has no second one, and then none is left out.
        second = order[self.starts + (self.sizes > 1)][self.pair_of]
        best = order[self.starts][self.pair_of]
        return np.where(self.dropped == best, second, best)

    def max(self, values: Array) -> Array:
        """The maximum over each pairing's cells, (cells,) -> (T,)."""
        return values[self.best(values)]

    def sum(self, values: Array) -> Array:
        """The sum over each pairing's cells, (cells,) -> (T,)."""
        whole = np.bincount(self.pair, values, len(self.sizes))[self.pair_of]
        return whole - self.at_dropped(values)

    def mean(self, values: Array) -> Array:
        """The mean over each pairing's cells, (cells,) -> (T,)."""
        return self.sum(values) / self.left

    def at_dropped(self, values: Array) -> Array:
        """The value of the cell that each pairing leaves out, 0 where it leaves out none, (cells,) -> (T,)."""
        return np.where(self.dropped == NONE, 0.0, values[self.dropped])


@dataclass(frozen=True)
class Entries:
    """The n-grams of one order of each pair's text, (E,) each; `entry` is the index in the postings, or -1."""

    pair: Indices
    ngram: Indices
    count: Indices
    entry: Indices


def _entries(cells: Cells, pairings: Pairings, context: Context) -> Iterator[tuple[Postings, Counts, Entries]]:
    """By order: the references' n-grams, the texts' n-grams, and those of each pair."""
    references = context.ngrams
    counted = references.numbering.count(pairings.texts)
    for postings, counts in zip(references.postings, counted, strict=True):
        sizes = np.bincount(counts.sentence, minlength=len(pairings.texts))
        rows, pair = _ranges((np.cumsum(sizes) - sizes)[cells.text], sizes[cells.text])
        entry = postings.find(cells.picture[pair], counts.ngram[rows])
        yield postings, counts, Entries(pair, counts.ngram[rows], counts.count[rows], entry)


def _ranges(starts: Indices, sizes: Indices) -> tuple[Indices, Indices]:
    """The concatenated ranges `starts[i]` to `starts[i] + sizes[i]`, and for each element the number of its range."""
    number = np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(len(number)) + (starts - np.cumsum(sizes) + sizes)[number], number


# pycocoevalcap adds these constants, so that a caption without any match has a finite logarithm.
TINY, SMALL = 1e-15, 1e-9

MATCHES = [f"bleu.matches_{order}" for order in range(1, ORDERS + 1)]
# The number of n-grams of the caption; of order 1, its length.
NGRAMS = [f"bleu.ngrams_{order}" for order in range(1, ORDERS + 1)]
CLOSEST = "bleu.reference_length"


def _bleu(context: Context) -> Score:
    words = context.ngrams.numbering.counts[0]
    lengths = sums_by(words.sentence, words.count, sum(map(len, context.references))).astype(int)

    def score(pairings: Pairings) -> Columns:
        cells = Cells(pairings, context)
        entries = list(_entries(cells, pairings, context))
        matches = [_matches(cells, postings, ngrams) for postings, _, ngrams in entries]
        _, tokens, _ = entries[0]
        length = sums_by(tokens.sentence, tokens.count, len(pairings.texts)).astype(int)[pairings.text]
        ngrams = [np.maximum(length - order, 0.0) for order in range(ORDERS)]
        closest = _closest_length(cells, lengths[cells.reference], length)
        return dict(zip([*MATCHES, *NGRAMS, CLOSEST], [*matches, *ngrams, closest], strict=True))

    return score


def _matches(cells: Cells, postings: Postings, ngrams: Entries) -> Array:
    """The clipped number of matching n-grams of each pairing's caption, (T,)."""
    best, holder, second = postings.highest
    known = ngrams.entry >= 0
    pair, count, entry = ngrams.pair[known], ngrams.count[known], ngrams.entry[known]
    clipped = np.minimum(count, best[entry])
    whole = sums_by(pair, clipped, len(cells.sizes))
    # The loss when the reference that contains the n-gram most often is left out.
    loss = sums_by(cells.starts[pair] + holder[entry], clipped - np.minimum(count, second[entry]), len(cells.pair))
    return whole[cells.pair_of] - cells.at_dropped(loss)


def _closest_length(cells: Cells, reference: Indices, length: Indices) -> Array:
    """The reference length closest to the caption's length, the shorter of two equally close ones, (T,)."""
    lengths = np.zeros(len(cells.sizes), np.int64)
    lengths[cells.pair_of] = length
    # One sort key of the difference and the length.
    base = reference.max(initial=0) + 1
    key = np.abs(reference - lengths[cells.pair]) * base + reference
    return -cells.max(-key.astype(float)) % base


def _bleu_value(order: int) -> Value:
    def from_sums(*sums: Array) -> Array:
        matches, ngrams, closest = sums[:order], sums[order:-1], sums[-1]
        product = np.prod([(hit + TINY) / (all_ + SMALL) for hit, all_ in zip(matches, ngrams, strict=True)], axis=0)
        shortness = (ngrams[0] + TINY) / (closest + SMALL)
        return product ** (1 / order) * np.exp(np.minimum(0, 1 - 1 / shortness))

    return Value(f"bleu_{order}", (*MATCHES[:order], *NGRAMS[:order], CLOSEST), from_sums)


# BLEU-1 to 4 with the closest reference length; the corpus value pools the counts of all captions.
BLEU = Metric(tuple(map(_bleu_value, range(1, ORDERS + 1))), _bleu, against="references")

# Standard deviation of CIDEr-D's Gaussian length penalty; pycocoevalcap compares lengths in bigrams.
SIGMA = 6.0


def _cider(context: Context) -> Score:
    references = context.ngrams
    pictures = np.log(len(context.references))
    idfs = [
        pictures - np.log(postings.document_frequency(known))
        for postings, known in zip(references.postings, references.numbering.known, strict=True)
    ]
    sentences = sum(map(len, context.references))
    norms = [_norms(counts, idf, sentences) for counts, idf in zip(references.numbering.counts, idfs, strict=True)]
    bigrams = _bigrams(references.numbering.counts[1], sentences)

    def score(pairings: Pairings) -> Columns:
        cells = Cells(pairings, context)
        text = cells.text[cells.pair]
        similarity = np.zeros(len(cells.pair))
        for order, (postings, counts, entries) in enumerate(_entries(cells, pairings, context)):
            idf = np.append(idfs[order], pictures)  # the last one: of n-grams in no reference
            length = _norms(counts, idf, len(pairings.texts))[text] * norms[order][cells.reference]
            products = _products(cells, postings, entries, idf)
            similarity += np.divide(products, length, out=np.zeros(len(products)), where=length != 0) / ORDERS
            if order == 1:
                difference = _bigrams(counts, len(pairings.texts))[text] - bigrams[cells.reference]
        return {"cider": 10 * cells.mean(similarity * np.exp(-(difference**2) / (2 * SIGMA**2)))}

    return score


def _bigrams(counts: Counts, sentences: int) -> Array:
    """The number of bigrams of each sentence, (sentences,)."""
    return sums_by(counts.sentence, counts.count, sentences)


def _norms(counts: Counts, idf: Array, sentences: int) -> Array:
    """The norm of each sentence's TF-IDF vector, (sentences,)."""
    weights = counts.count * idf[np.minimum(counts.ngram, len(idf) - 1)]
    return np.sqrt(sums_by(counts.sentence, weights**2, sentences))


def _products(cells: Cells, postings: Postings, ngrams: Entries, idf: Array) -> Array:
    """The inner product of the clipped TF-IDF vector of each cell's text and that of its reference, (cells,)."""
    known = np.flatnonzero(ngrams.entry >= 0)
    entry = ngrams.entry[known]
    rows, number = _ranges(postings.starts[entry], postings.starts[entry + 1] - postings.starts[entry])
    weight = idf[ngrams.ngram[known]][number]
    reference = postings.count[rows] * weight
    clipped = np.minimum(ngrams.count[known][number] * weight, reference)
    cell = cells.starts[ngrams.pair[known]][number] + postings.reference[rows]
    return sums_by(cell, clipped * reference, len(cells.pair))


# pycocoevalcap calls it CIDEr; the document frequencies are those of all references of all pictures.
CIDER = Metric((mean("cider"),), _cider, against="references")

# Weight of recall relative to precision in the F-measure, as in the COCO challenge.
BETA = 1.2


def _rouge_l(context: Context) -> Score:
    ids: dict[str, int] = {}
    references = [_token_ids(text, ids) for texts in context.references for text in texts]
    sizes = np.array(list(map(len, references)))

    def score(pairings: Pairings) -> Columns:
        cells = Cells(pairings, context)
        texts = [_token_ids(text, ids) for text in pairings.texts]
        length = np.array(list(map(len, texts)))
        common = process.cpdist(
            [texts[text] for text in cells.text[cells.pair].tolist()],
            [references[reference] for reference in cells.reference.tolist()],
            scorer=LCSseq.similarity,
        ).astype(float)  # (cells,)
        precision = cells.max(common) / length[pairings.text]
        recall = cells.max(common / sizes[cells.reference])
        weighted = np.where(precision > 0, recall + BETA**2 * precision, 1.0)
        return {"rouge_l": (1 + BETA**2) * precision * recall / weighted}

    return score


def _token_ids(text: str, ids: dict[str, int]) -> list[int]:
    """The tokens between single spaces as integers, new ones added to `ids`; rapidfuzz compares integers exactly."""
    return [ids.setdefault(token, len(ids)) for token in text.split(" ")]


ROUGE_L = Metric((mean("rouge_l"),), _rouge_l, against="references")
