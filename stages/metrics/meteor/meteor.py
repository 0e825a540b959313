"""METEOR 1.5 for English ("Meteor Universal", Denkowski and Lavie, 2014), equal to the Java program.

    >>> Meteor().score("a calm sea", ["the sea is calm", "a calm blue sea"])

A hypothesis is aligned with a reference (section 2 of the paper): words match if they are equal, have the same stem or
a common synset in WordNet, and phrases match if the table of paraphrases has them. Each word is in at most one match.
The alignment gives 23 counts, from which `scores.score` computes the score (section 3).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise
from pathlib import Path

import numpy as np

from stages.common.processes import usable_cores
from stages.metrics.meteor import index_cache
from stages.metrics.meteor.corpus import Corpus
from stages.metrics.meteor.counting import count
from stages.metrics.meteor.pair_cache import Pair, PairCache
from stages.metrics.meteor.paraphrases import Paraphrases
from stages.metrics.meteor.ragged import Indices, starts_of
from stages.metrics.meteor.resources import Resources, installed
from stages.metrics.meteor.scores import NAMES, Counts, pooled, score
from stages.metrics.meteor.vocabulary import Vocabulary

# Cells, a word of the hypothesis with one of the reference, of the pairs that are aligned together.
BATCH = 1 << 19


class Meteor:
    """METEOR, its data read once.

    Texts are normalized here: give sentences as they are. A text may be empty, of any length and of any characters; a
    line break is a blank.

    Args:
        folder: the folder of the jar and the paraphrases; by default that of the installed pycocoevalcap.

    Raises:
        UserError: the data are missing or damaged.
    """

    def __init__(self, folder: Path | None = None) -> None:
        resources = Resources(folder or installed())
        self._prefixes, self._vocabulary = resources.prefixes, Vocabulary(resources)
        self._paraphrases = Paraphrases(index_cache.load(resources.paraphrases))
        self._corpus = self._corpus_of([])
        self._cached = PairCache(self._count)

    def score(self, hypothesis: str, references: Sequence[str]) -> float:
        """The score of a hypothesis with its best reference, from 0 to 1.

        Raises:
            ValueError: there is no reference.
        """
        return float(score(self._best([hypothesis], [references]))[0])

    def corpus(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
        """The score of the summed counts of each hypothesis with its best reference.

        It is what pycocoevalcap gives as METEOR. The mean of `score`, which ArtEmis reports, differs.

        Raises:
            ValueError: a hypothesis has no reference, or there are not as many lists of references as hypotheses.
        """
        return pooled(self._best(hypotheses, references))

    def counts(self, pairs: Sequence[Pair]) -> Counts:
        """The counts of each pair of a hypothesis and one reference, (N, 23) in the order of `scores.NAMES`.

        They are those of the Java program. Pairs are remembered, the first 262,144 of them.
        """
        return self._cached(pairs)

    def _best(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> Counts:
        """The counts with the first reference of the highest score, (N, 23)."""
        if not all(references):
            raise ValueError("METEOR compares with references, and a hypothesis has none")
        counts = self.counts(
            [(text, other) for text, others in zip(hypotheses, references, strict=True) for other in others]
        )
        starts = starts_of(np.array(list(map(len, references)), np.int64))
        scores = score(counts)
        best = [a + int(scores[a:b].argmax()) for a, b in pairwise(starts.tolist())]
        return counts[best]

    def _corpus_of(self, texts: Sequence[str]) -> Corpus:
        return Corpus(texts, self._prefixes, self._vocabulary, self._paraphrases)

    def _count(self, pairs: Sequence[Pair]) -> Counts:
        """Align pairs in batches; threads share them, as NumPy lets several run at once."""
        if not all(text in self._corpus.number for text in chain.from_iterable(pairs)):
            self._corpus = self._corpus_of(list(chain.from_iterable(pairs)))
        number = self._corpus.number
        hypothesis = np.array([number[text] for text, _ in pairs])
        reference = np.array([number[text] for _, text in pairs])
        batches = _batches(self._corpus, hypothesis, reference)
        counts = np.zeros((len(pairs), len(NAMES)), np.int32)

        def fill(batch: Indices) -> None:
            counts[batch] = count(self._corpus, hypothesis[batch], reference[batch])

        if len(batches) == 1:
            fill(batches[0])
        else:
            with ThreadPoolExecutor(usable_cores()) as threads:
                list(threads.map(fill, batches))
        return counts


def _batches(corpus: Corpus, hypothesis: Indices, reference: Indices) -> list[Indices]:
    """The pairs in batches of similar length."""
    sizes = corpus.words.sizes
    cells = sizes[hypothesis] * sizes[reference]
    order = np.argsort(cells, kind="stable")
    batch = np.cumsum(cells[order]) // BATCH
    return np.split(order, np.flatnonzero(np.diff(batch)) + 1)
