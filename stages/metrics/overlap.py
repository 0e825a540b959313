"""BLEU and CIDEr-D, which compare a caption's n-grams with those of its picture's references.

Both equal pycocoevalcap's (tests/metrics hold them together), in a fraction of its time.
Tokens are what white space separates, as in ArtEmis; captions and references have been
lower-cased and tokenised before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stages.metrics.arrays import Array, Indices
from stages.metrics.cells import Cells
from stages.metrics.interface import Columns, Context, Metric, Score, Trials, Value, mean
from stages.metrics.ngrams import ORDERS, Counts, Postings

# Width of the Gaussian by which CIDEr-D punishes other lengths, in bigrams.
SIGMA = 6.0
# pycocoevalcap adds these, so that a caption without any match keeps a logarithm.
TINY, SMALL = 1e-15, 1e-9

MATCHES = [f"bleu.matches_{order}" for order in range(1, ORDERS + 1)]
# How many n-grams the caption has; of order 1, its length.
NGRAMS = [f"bleu.ngrams_{order}" for order in range(1, ORDERS + 1)]
CLOSEST = "bleu.reference_length"


@dataclass(frozen=True)
class Entries:
    """The n-grams of one order of each pair's text, (E,) each; `entry` is its place in the postings, or -1."""

    pair: Indices
    ngram: Indices
    count: Indices
    entry: Indices


def _entries(cells: Cells, trials: Trials, context: Context) -> Iterator[tuple[Postings, Counts, Entries]]:
    """Order by order: the references' n-grams, the texts', and those of each pair."""
    own = context.ngrams
    for postings, counts in zip(own.postings, own.numbering.count(trials.texts), strict=True):
        sizes = np.bincount(counts.sentence, minlength=len(trials.texts))
        rows, pair = spans((np.cumsum(sizes) - sizes)[cells.text], sizes[cells.text])
        entry = postings.find(cells.picture[pair], counts.ngram[rows])
        yield postings, counts, Entries(pair, counts.ngram[rows], counts.count[rows], entry)


def spans(starts: Indices, sizes: Indices) -> tuple[Indices, Indices]:
    """All places of the spans one after another, and the number of the span that each belongs to."""
    span = np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(len(span)) + (starts - np.cumsum(sizes) + sizes)[span], span


def added(places: Indices, values: Array | Indices, size: int) -> Array:
    """The sum of the values at each place, (size,)."""
    return np.bincount(places, values, size).astype(float)


def _bleu(context: Context) -> Score:
    words = context.ngrams.numbering.counts[0]
    lengths = _sums(words, words.count, sum(map(len, context.references))).astype(int)

    def score(trials: Trials) -> Columns:
        cells = Cells(trials, context)
        entries = list(_entries(cells, trials, context))
        found = [_matches(cells, postings, own) for postings, _, own in entries]
        said = entries[0][1]
        length = _sums(said, said.count, len(trials.texts)).astype(int)[trials.text]
        ngrams = [np.maximum(length - order, 0.0) for order in range(ORDERS)]
        closest = _closest(cells, lengths[cells.among_all], length)
        return dict(zip([*MATCHES, *NGRAMS, CLOSEST], [*found, *ngrams, closest], strict=True))

    return score


def _matches(cells: Cells, postings: Postings, own: Entries) -> Array:
    """How many n-grams of each trial's caption occur as often in one of its references, (T,)."""
    best, holder, second = postings.highest
    hit = own.entry >= 0
    pair, count, entry = own.pair[hit], own.count[hit], own.entry[hit]
    clipped = np.minimum(count, best[entry])
    whole = added(pair, clipped, len(cells.sizes))
    # What a pair loses when the one reference is left out that holds the n-gram most often.
    lost = added(cells.starts[pair] + holder[entry], clipped - np.minimum(count, second[entry]), len(cells.pair))
    return whole[cells.pair_of] - cells.at_dropped(lost)


def _closest(cells: Cells, reference: Indices, length: Indices) -> Array:
    """The length of the reference that is closest in length, of two equally close ones the shorter, (T,)."""
    own = np.zeros(len(cells.sizes), np.int64)
    own[cells.pair_of] = length
    base = reference.max(initial=0) + 1
    key = np.abs(reference - own[cells.pair]) * base + reference
    return -cells.max(-key.astype(float)) % base


def _bleu_value(order: int) -> Value:
    def of(*sums: Array) -> Array:
        matches, ngrams, closest = sums[:order], sums[order:-1], sums[-1]
        product = np.prod([(hit + TINY) / (all_ + SMALL) for hit, all_ in zip(matches, ngrams, strict=True)], axis=0)
        shortness = (ngrams[0] + TINY) / (closest + SMALL)
        return product ** (1 / order) * np.exp(np.minimum(0, 1 - 1 / shortness))

    return Value(f"bleu_{order}", (*MATCHES[:order], *NGRAMS[:order], CLOSEST), of)


def _cider(context: Context) -> Score:
    own = context.ngrams
    pictures = np.log(len(context.references))
    rarity = [
        pictures - np.log(postings.pictures_with(known))
        for postings, known in zip(own.postings, own.numbering.known, strict=True)
    ]
    sentences = sum(map(len, context.references))
    norms = [_norms(counts, idf, sentences) for counts, idf in zip(own.numbering.counts, rarity, strict=True)]
    bigrams = _sums(own.numbering.counts[1], own.numbering.counts[1].count, sentences)

    def score(trials: Trials) -> Columns:
        cells = Cells(trials, context)
        similarity = np.zeros(len(cells.pair))
        for order, (postings, counts, entries) in enumerate(_entries(cells, trials, context)):
            idf = np.append(rarity[order], pictures)  # the last one: in no reference
            length = _norms(counts, idf, len(trials.texts))[cells.text[cells.pair]] * norms[order][cells.among_all]
            products = _products(cells, postings, entries, idf)
            similarity += np.divide(products, length, out=np.zeros(len(products)), where=length != 0) / ORDERS
            if order == 1:
                said = _sums(counts, counts.count, len(trials.texts))[cells.text[cells.pair]]
        other = said - bigrams[cells.among_all]
        return {"cider": 10 * cells.mean(similarity * np.exp(-(other**2) / (2 * SIGMA**2)))}

    return score


def _sums(counts: Counts, values: Array | Indices, sentences: int) -> Array:
    return added(counts.sentence, values, sentences)


def _norms(counts: Counts, idf: Array, sentences: int) -> Array:
    """Length of each sentence's vector of term frequency times rarity, (sentences,)."""
    weights = counts.count * idf[np.minimum(counts.ngram, len(idf) - 1)]
    return np.sqrt(_sums(counts, weights**2, sentences))


def _products(cells: Cells, postings: Postings, own: Entries, idf: Array) -> Array:
    """Inner product of the clipped vector of each cell's text and that of its reference, (cells,)."""
    hit = np.flatnonzero(own.entry >= 0)
    entry = own.entry[hit]
    rows, span = spans(postings.starts[entry], postings.starts[entry + 1] - postings.starts[entry])
    rarity = idf[own.ngram[hit]][span]
    theirs = postings.count[rows] * rarity
    clipped = np.minimum(own.count[hit][span] * rarity, theirs)
    cell = cells.starts[own.pair[hit]][span] + postings.reference[rows]
    return added(cell, clipped * theirs, len(cells.pair))


# BLEU-1 to 4 with the closest reference length; the corpus value pools the counts of all captions.
BLEU = Metric(tuple(map(_bleu_value, range(1, ORDERS + 1))), _bleu, against="references")
# What pycocoevalcap calls CIDEr; document frequencies are those of all references of all pictures.
CIDER = Metric((mean("cider"),), _cider, against="references")
