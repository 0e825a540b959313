"""BLEU, CIDEr-D and ROUGE-L: n-grams and subsequences that a caption shares with its references."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stages.metrics.interface import NONE, Columns, Context, Metric, Score, Trials, Value, mean
from stages.metrics.ngrams import ORDERS, Array, Counts, Indices, Postings


class Cells:
    """The distinct pairs of some trials, and their cells, which lie pair by pair."""

    def __init__(self, trials: Trials, context: Context) -> None:
        self._references = context.references
        texts = max(len(trials.texts), 1)
        keys, self.pair_of = np.unique(trials.picture * texts + trials.text, return_inverse=True)  # (T,) -> pair
        self.picture, self.text = keys // texts, keys % texts  # (P,)
        sizes = np.array([len(own) for own in context.references])
        self.sizes = sizes[self.picture]
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.pair = np.repeat(np.arange(len(keys)), self.sizes)  # (cells,)
        # Counted within the picture, and over all pictures.
        self.reference = np.arange(len(self.pair)) - self.starts[self.pair]
        self.among_all = (np.cumsum(sizes) - sizes)[self.picture[self.pair]] + self.reference
        self.dropped = np.where(trials.dropped == NONE, NONE, self.starts[self.pair_of] + trials.dropped)  # (T,)
        if np.any(self.left == 0):
            raise ValueError("a trial leaves out the only reference of its picture")

    @cached_property
    def left(self) -> Indices:
        """How many references judge each trial, (T,)."""
        return self.sizes[self.pair_of] - (self.dropped != NONE)

    def max(self, values: Array) -> Array:
        """The highest of each trial's cells, (cells,) -> (T,)."""
        order = np.lexsort((-values, self.pair))
        ranked = np.append(values[order], -np.inf)
        second = np.where(self.sizes > 1, ranked[self.starts + 1], -np.inf)
        holder = order[self.starts][self.pair_of]
        return np.where(self.dropped == holder, second[self.pair_of], ranked[self.starts][self.pair_of])

    def sum(self, values: Array) -> Array:
        """The sum of each trial's cells, (cells,) -> (T,)."""
        whole = np.bincount(self.pair, values, len(self.sizes))[self.pair_of]
        return whole - self.at_dropped(values)

    def mean(self, values: Array) -> Array:
        """The mean of each trial's cells, (cells,) -> (T,)."""
        return self.sum(values) / self.left

    def at_dropped(self, values: Array) -> Array:
        """The value of the cell that each trial leaves out, 0 where it leaves out none, (cells,) -> (T,)."""
        return np.where(self.dropped == NONE, 0.0, values[self.dropped])


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


# How much more recall weighs than precision in the F-measure (the COCO challenge's choice).
BETA = 1.2

# Of one sentence: where each token stands, as bits of an integer, and how many tokens there are.
Positions = tuple[dict[str, int], int]


def _rouge_l(context: Context) -> Score:
    references = [_positions(text.split(" ")) for own in context.references for text in own]
    sizes = np.array([length for _, length in references])

    def score(trials: Trials) -> Columns:
        cells = Cells(trials, context)
        split = [text.split(" ") for text in trials.texts]
        length = np.array(list(map(len, split)))
        asked = zip(cells.text[cells.pair].tolist(), cells.among_all.tolist(), strict=True)
        common = np.array([lcs_length(split[text], references[reference]) for text, reference in asked], float)
        precision = cells.max(common) / length[trials.text]
        recall = cells.max(common / sizes[cells.among_all])
        weighted = np.where(precision > 0, recall + BETA**2 * precision, 1.0)
        return {"rouge_l": (1 + BETA**2) * precision * recall / weighted}

    return score


def _positions(tokens: Sequence[str]) -> Positions:
    bits: dict[str, int] = {}
    for place, token in enumerate(tokens):
        bits[token] = bits.get(token, 0) | 1 << place
    return bits, len(tokens)


def lcs_length(tokens: Sequence[str], positions: Positions) -> int:
    """Length of the longest common subsequence, by Hyyrö's bit-parallel recurrence (2004).

    A zero bit in `row` says that the subsequence grows at that place of the reference.
    """
    places, length = positions
    full = row = (1 << length) - 1
    for token in tokens:
        if matched := row & places.get(token, 0):
            row = (row + matched | row - matched) & full
    return length - row.bit_count()


ROUGE_L = Metric((mean("rouge_l"),), _rouge_l, against="references")
