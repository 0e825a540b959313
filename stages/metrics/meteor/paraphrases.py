"""Find the phrases of the paraphrase table in sentences, and which of them paraphrase which."""

from dataclasses import dataclass

import numpy as np

from stages.metrics.meteor.paraphrase_index import LONGEST, Index
from stages.metrics.meteor.ragged import Flags, Indices, ranges, starts_of
from stages.metrics.meteor.relation import Items, Relation

# The number of a word that no phrase has.
UNKNOWN = -1


@dataclass(frozen=True)
class Phrases:
    """The phrases in S sentences that have a paraphrase in one of them."""

    # Sorted by sentence, position and length; (N,) in all.
    items: Items
    # The position of the first word in its sentence, and the number of words, (N,).
    position: Indices
    length: Indices
    # From a phrase to its paraphrases: their ranks, from 1.
    links: Relation

    def paraphrased(self, one: Indices, other: Indices) -> tuple[Indices, Indices, Indices]:
        """All phrases of one sentence with a paraphrase in another sentence.

        Args:
            one, other: the sentences of each pair, (P,).

        Returns:
            The pair, the phrase and the paraphrase, sorted by pair, position and length of the phrase, rank and
            position of the paraphrase.
        """
        found = self.links.between(self.items, self.items, one, other)
        order = np.lexsort((found.other, found.value, found.one, found.pair))
        return found.pair[order], found.one[order], found.other[order]

    def spans(self, phrases: Indices) -> tuple[Indices, Indices]:
        """The position and the length of some phrases."""
        return self.position[phrases], self.length[phrases]


class Paraphrases:
    """The table of paraphrases: phrases of one to seven words, and the paraphrases of each in the table's order."""

    def __init__(self, index: Index) -> None:
        self._index = index
        words = index.words.tobytes().decode().split("\n")
        self.numbers = dict(zip(words, range(len(words)), strict=True))

    def find(self, words: Indices, starts: Indices) -> Phrases:
        """The phrases in sentences, and the paraphrases among them.

        Args:
            words: the numbers of the sentences' words in `numbers`, or `UNKNOWN`, one sentence after the other.
            starts: the start of each sentence in `words`, and the end of the last one, (S + 1,).
        """
        place, length, node = self._phrases(words, np.repeat(starts[1:], np.diff(starts)))
        # Phrases are numbered among those that are found.
        present = np.zeros(len(self._index.keys) + 1, bool)
        present[node] = True
        nodes = np.flatnonzero(present)
        number = np.empty(len(present), np.int64)
        number[nodes] = np.arange(len(nodes))
        source, target, rank = self._links(nodes, present)
        target = number[target]
        linked = np.zeros(len(nodes), bool)
        linked[source] = linked[target] = True
        kept = np.flatnonzero(linked[number[node]])
        kept = kept[np.lexsort((length[kept], place[kept]))]
        sentence = np.searchsorted(starts, place[kept], side="right") - 1
        items = Items(number[node[kept]], starts_of(np.bincount(sentence, minlength=len(starts) - 1)))
        position = (place[kept] - starts[sentence]).astype(np.int32)
        links = Relation(source * len(nodes) + target, rank, len(nodes))
        return Phrases(items, position, length[kept].astype(np.int32), links)

    def _phrases(self, words: Indices, ends: Indices) -> tuple[Indices, Indices, Indices]:
        """Place, length and node of each phrase, and of each beginning of a phrase, which does no harm."""
        found = []
        place = np.flatnonzero(words != UNKNOWN)
        node = np.zeros(len(place), np.int64)
        for length in range(1, LONGEST + 1):
            node, known = self._children(node, words[place + length - 1])
            place, node = place[known], node[known]
            found.append((place, np.full(len(place), length), node))
            longer = np.flatnonzero(place + length < ends[place])
            longer = longer[words[place[longer] + length] != UNKNOWN]
            place, node = place[longer], node[longer]
        places, lengths, nodes = zip(*found, strict=True)
        return np.concatenate(places), np.concatenate(lengths), np.concatenate(nodes)

    def _children(self, nodes: Indices, words: Indices) -> tuple[Indices, Flags]:
        """The child of each node by a word, and false where there is none."""
        wanted = nodes * len(self.numbers) + words
        found = np.minimum(np.searchsorted(self._index.keys, wanted), len(self._index.keys) - 1)
        return found + 1, self._index.keys[found] == wanted

    def _links(self, nodes: Indices, present: Flags) -> tuple[Indices, Indices, Indices]:
        """The paraphrases that are present: the position of the phrase in `nodes`, the paraphrase, its rank from 1."""
        starts = self._index.starts[nodes].astype(np.int64)
        places, source = ranges(starts, self._index.starts[nodes + 1] - starts)
        target = self._index.targets[places]
        kept = np.flatnonzero(present[target])
        source, rank = source[kept], (places - starts[source])[kept] + 1
        return source, target[kept], rank
