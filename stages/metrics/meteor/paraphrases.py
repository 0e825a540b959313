"""Find the phrases of the paraphrase table in sentences, and which of them paraphrase which."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stages.metrics.meteor.paraphrase_index import LONGEST, Index
from stages.metrics.meteor.ragged import Indices, distinct, ranges, starts_of
from stages.metrics.meteor.relation import Items, Relation

# The number of a word that no phrase has.
UNKNOWN = -1


@dataclass(frozen=True)
class Phrases:
    """The phrases found in S sentences that have a paraphrase in one of them, sorted by sentence, position, length."""

    items: Items
    position: Indices  # the first word's, in its sentence
    length: Indices
    # Paraphrases: item a, item b, and the rank of b among those of a.
    links: Relation


class Paraphrases:
    """The table of paraphrases: a phrase of one to seven words, and its paraphrases in order."""

    def __init__(self, index: Index) -> None:
        self._index = index
        listed = index.words.tobytes().decode().split("\n")
        self._words = len(listed)
        self.numbers = dict(zip(listed, range(len(listed)), strict=True))

    def find(self, words: Indices, starts: Indices) -> Phrases:
        """The phrases in sentences, and their paraphrases among these phrases.

        Args:
            words: the numbers of the sentences' words in `numbers`, or `UNKNOWN`, one sentence after the other.
            starts: the start of each sentence in `words`, and the end of the last one, (S + 1,).
        """
        place, length, node = self._phrases(words, np.repeat(starts[1:], np.diff(starts)))
        nodes, number = distinct(node)
        links = self._links(nodes)
        linked = np.zeros(len(nodes), bool)
        linked[links[0]] = linked[links[1]] = True
        kept = np.flatnonzero(linked[number])
        kept = kept[np.lexsort((length[kept], place[kept]))]
        sentence = np.searchsorted(starts, place[kept], side="right") - 1
        items = Items(number[kept], starts_of(np.bincount(sentence, minlength=len(starts) - 1)))
        return Phrases(items, (place[kept] - starts[sentence]).astype(np.int32), length[kept].astype(np.int32), Relation(*links, len(nodes)))

    def _phrases(self, words: Indices, ends: Indices) -> tuple[Indices, Indices, Indices]:
        """Place, length and node of every phrase; of their beginnings, too, which do no harm."""
        found = []
        place = np.flatnonzero(words != UNKNOWN)
        node = np.zeros(len(place), np.int64)
        for length in range(1, LONGEST + 1):
            node, known = self._children(node, words[place + length - 1])
            place, node = place[known], node[known]
            found.append((place, np.full(len(place), length), node))
            longer = place + length < ends[place]
            longer[longer] = words[place[longer] + length] != UNKNOWN
            place, node = place[longer], node[longer]
        place, length, node = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return place, length, node

    def _children(self, nodes: Indices, words: Indices) -> tuple[Indices, npt.NDArray[np.bool_]]:
        """The child of each node by a word, and false where there is none."""
        wanted = nodes * self._words + words
        found = np.minimum(np.searchsorted(self._index.keys, wanted), len(self._index.keys) - 1)
        return found + 1, self._index.keys[found] == wanted

    def _links(self, nodes: Indices) -> tuple[Indices, Indices, Indices]:
        """The paraphrases among distinct nodes, as positions in `nodes`, and their rank from 1; sorted."""
        starts = self._index.starts[nodes].astype(np.int64)
        places, source = ranges(starts, self._index.starts[nodes + 1] - starts)
        position = np.full(len(self._index.keys) + 1, -1, np.int32)
        position[nodes] = np.arange(len(nodes))
        target = position[self._index.targets[places]]
        kept = np.flatnonzero(target >= 0)
        source, target, rank = source[kept], target[kept].astype(np.int64), (places - starts[source])[kept] + 1
        order = np.lexsort((target, source))
        return source[order], target[order], rank[order]
