"""All the ways in which words and phrases of two sentences match: the candidates for an alignment."""

from dataclasses import dataclass

import numpy as np

from stages.metrics.meteor.corpus import Corpus
from stages.metrics.meteor.paraphrases import Phrases
from stages.metrics.meteor.ragged import Indices, starts_of
from stages.metrics.meteor.scores import KINDS
from stages.metrics.meteor.vocabulary import EXACT, STEM, SYNONYM

PARAPHRASE = KINDS.index("paraphrase")


@dataclass(frozen=True)
class Pairs:
    """P pairs of a hypothesis and a reference, with a row for each word and one for the end of each sentence."""

    # Sentences of the corpus, (P,).
    hypothesis: Indices
    reference: Indices
    # The row of each sentence's first word, (P + 1,).
    hypothesis_rows: Indices
    reference_rows: Indices

    @classmethod
    def of(cls, corpus: Corpus, hypothesis: Indices, reference: Indices) -> "Pairs":
        """Lay out the words of the pairs."""
        rows = corpus.words.sizes + 1
        return cls(hypothesis, reference, starts_of(rows[hypothesis]), starts_of(rows[reference]))

    def __len__(self) -> int:
        return len(self.hypothesis)


@dataclass(frozen=True)
class Matches:
    """M matches; (M,) each, 32 bits, as two sentences of 3,000 equal words have nine million matches."""

    pair: Indices
    # An index of `KINDS`.
    kind: Indices
    # The position of the first word in its sentence, and the number of words.
    reference: Indices
    reference_words: Indices
    hypothesis: Indices
    hypothesis_words: Indices

    def __len__(self) -> int:
        return len(self.pair)

    def at(self, places: Indices) -> "Matches":
        """Some of the matches."""
        return Matches(*(column[places] for column in vars(self).values()))


def candidates(corpus: Corpus, pairs: Pairs) -> Matches:
    """All candidates of each pair, sorted by pair and reference position, and then in METEOR's order.

    METEOR's order at a position is: exact matches, stems, synonyms, paraphrases whose first phrase is in the reference,
    paraphrases whose first phrase is in the hypothesis. It decides between alignments that are equally good.
    """
    different = corpus.identity[pairs.reference] != corpus.identity[pairs.hypothesis]
    parts = [*_of_words(corpus, pairs, different), *_of_phrases(corpus.phrases, pairs, np.flatnonzero(different))]
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    matches = Matches(*(np.concatenate(column) for column in columns))
    return matches.at(np.argsort(pairs.reference_rows[matches.pair] + matches.reference, kind="stable"))


def _of_words(corpus: Corpus, pairs: Pairs, different: Indices) -> list[Matches]:
    """Exact, stem and synonym matches; of identical sentences, exact ones only."""
    words = corpus.words
    found = corpus.related.between(words, words, pairs.reference, pairs.hypothesis)
    reference = (found.one - words.starts[pairs.reference][found.pair]).astype(np.int32)
    hypothesis = (found.other - words.starts[pairs.hypothesis][found.pair]).astype(np.int32)
    allowed = np.where(different, EXACT | STEM | SYNONYM, EXACT)[found.pair]
    parts = []
    for kind, bit in enumerate((EXACT, STEM, SYNONYM)):
        places = np.flatnonzero(found.value & allowed & bit)
        one = np.ones(len(places), np.int32)
        parts.append(Matches(found.pair[places], kind * one, reference[places], one, hypothesis[places], one))
    return parts


def _of_phrases(phrases: Phrases, pairs: Pairs, different: Indices) -> list[Matches]:
    """The phrases of the references with paraphrases in the hypotheses, then the other way round."""
    reference, hypothesis = pairs.reference[different], pairs.hypothesis[different]
    pair, first, second = phrases.paraphrased(reference, hypothesis)
    kind = np.full(len(pair), PARAPHRASE, np.int32)
    forward = Matches(different[pair].astype(np.int32), kind, *phrases.spans(first), *phrases.spans(second))
    pair, first, second = phrases.paraphrased(hypothesis, reference)
    kind = np.full(len(pair), PARAPHRASE, np.int32)
    backward = Matches(different[pair].astype(np.int32), kind, *phrases.spans(second), *phrases.spans(first))
    return [forward, backward]
