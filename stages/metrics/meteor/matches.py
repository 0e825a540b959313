"""All the ways in which words and phrases of two sentences match: the candidates for an alignment."""

from dataclasses import dataclass

import numpy as np

from stages.metrics.meteor.corpus import Corpus
from stages.metrics.meteor.ragged import Indices, starts_of
from stages.metrics.meteor.vocabulary import EXACT, STEM, SYNONYM

PARAPHRASE = 3


@dataclass(frozen=True)
class Pairs:
    """P pairs of a hypothesis and a reference, their words in rows: those of pair n begin at its base."""

    hypothesis: Indices  # (P,) sentences of the corpus
    reference: Indices
    hypothesis_base: Indices  # (P + 1,)
    reference_base: Indices

    @classmethod
    def of(cls, corpus: Corpus, hypothesis: Indices, reference: Indices) -> "Pairs":
        """Lay out the words of the pairs."""
        sizes = corpus.words.sizes
        return cls(hypothesis, reference, starts_of(sizes[hypothesis]), starts_of(sizes[reference]))

    def __len__(self) -> int:
        return len(self.hypothesis)


@dataclass(frozen=True)
class Matches:
    """M candidates, sorted by the reference's row and, within a row, in METEOR's order; (M,) each."""

    pair: Indices
    kind: Indices  # 0 exact, 1 stem, 2 synonym, 3 paraphrase
    # First word, in its sentence, and number of words.
    reference: Indices
    reference_words: Indices
    hypothesis: Indices
    hypothesis_words: Indices

    def __len__(self) -> int:
        return len(self.pair)

    def at(self, places: Indices) -> "Matches":
        """Some of them."""
        return Matches(*(column[places] for column in vars(self).values()))

    def reference_row(self, pairs: Pairs) -> Indices:
        return pairs.reference_base[self.pair] + self.reference

    def hypothesis_row(self, pairs: Pairs) -> Indices:
        return pairs.hypothesis_base[self.pair] + self.hypothesis


def candidates(corpus: Corpus, pairs: Pairs) -> Matches:
    """All candidates of each pair."""
    found = [*_of_words(corpus, pairs), *_of_phrases(corpus, pairs)]
    matches = Matches(*(np.concatenate(columns) for columns in zip(*(vars(part).values() for part in found), strict=True)))
    # The parts are in METEOR's order, and each of them is sorted for every row.
    return matches.at(np.argsort(matches.reference_row(pairs), kind="stable"))


def _of_words(corpus: Corpus, pairs: Pairs) -> list[Matches]:
    """Exact, stem and synonym matches; of identical sentences, exact ones only."""
    sentences = corpus.words
    pair, one, other, kinds = corpus.related.between(sentences, sentences, (pairs.reference, pairs.hypothesis))
    reference = one - sentences.starts.astype(np.int32)[pairs.reference][pair]
    hypothesis = other - sentences.starts.astype(np.int32)[pairs.hypothesis][pair]
    different = corpus.identical[pairs.reference] != corpus.identical[pairs.hypothesis]
    kinds &= np.where(different, EXACT | STEM | SYNONYM, EXACT).astype(np.int32)[pair]
    parts = []
    for kind, bit in enumerate((EXACT, STEM, SYNONYM)):
        rows = np.flatnonzero(kinds & bit)
        single = np.ones(len(rows), np.int32)
        parts.append(Matches(pair[rows], single * kind, reference[rows], single, hypothesis[rows], single))
    return parts


def _of_phrases(corpus: Corpus, pairs: Pairs) -> list[Matches]:
    """Phrases of the reference with paraphrases in the hypothesis, then the other way round."""
    phrases = corpus.phrases
    rows = np.flatnonzero(corpus.identical[pairs.reference] != corpus.identical[pairs.hypothesis])
    reference, hypothesis = pairs.reference[rows], pairs.hypothesis[rows]
    parts = []
    for one, other in ((reference, hypothesis), (hypothesis, reference)):
        pair, source, target, rank = phrases.links.between(phrases.items, phrases.items, (one, other))
        # By the position of the phrase, its length, the rank of the paraphrase, and its position.
        order = np.lexsort((phrases.position[target], rank, source, pair))
        pair, source, target = rows[pair[order]].astype(np.int32), source[order], target[order]
        sides = [(phrases.position[side], phrases.length[side]) for side in (source, target)]
        if one is hypothesis:
            sides.reverse()
        kind = np.full(len(pair), PARAPHRASE, np.int32)
        parts.append(Matches(pair, kind, *sides[0], *sides[1]))
    return parts
