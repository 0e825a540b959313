"""NLTK's averaged perceptron tagger on many utterances at once: the same tags, an order of magnitude faster.

The tagger goes from left to right, and each tag leans on the two before it; but
utterances do not lean on one another. So all of them are tagged together, first their
first words, then their second. Which weights a word brings is looked up once for each
distinct word. Scores are summed in NLTK's order, so they are the same to the last bit;
tests/wording/test_perceptron.py compares the tags.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from nltk.tag.perceptron import PerceptronTagger

from stages.common.files import read_json
from stages.utterances.tokenize import Ragged

WEIGHTS = "taggers/averaged_perceptron_tagger_eng/averaged_perceptron_tagger_eng.{}.json"
FILES = ("weights", "tagdict", "classes")
START, END = PerceptronTagger.START, PerceptronTagger.END
EDGES = [*START, *END]
# What NLTK looks at of a word and its neighbours, by the names that its weights have.
WORD_FEATURES = ("i word", "i-1 word", "i-2 word", "i+1 word", "i+2 word")
SUFFIX_FEATURES = ("i-1 suffix", "i+1 suffix")
# What a step adds to the memory is this many utterances by some fifty tags.
TOGETHER = 20_000


def is_there(nltk_data: Path) -> bool:
    """Whether a folder of NLTK's data holds the tagger of English."""
    return all((nltk_data / WEIGHTS.format(name)).is_file() for name in FILES)


def load(nltk_data: Path) -> PerceptronTagger:
    """NLTK's tagger of English, with the weights in a folder of NLTK's data."""
    tagger = PerceptronTagger(load=False)
    tagger.decode_json_params([read_json(nltk_data / WEIGHTS.format(name)) for name in FILES])
    return tagger


class Perceptron:
    """A tagger of NLTK's, prepared for the distinct `words` of a corpus."""

    def __init__(self, tagger: PerceptronTagger, words: Sequence[str]) -> None:
        # Of equal scores NLTK takes the alphabetically last tag; argmax takes the first.
        self.tags = sorted({*tagger.classes, *tagger.tagdict.values()}, reverse=True)
        column = {tag: n for n, tag in enumerate(self.tags)}
        features = tagger.model.weights
        self._row = {feature: n for n, feature in enumerate(features)}
        # (features + 1, tags): the weights; the last row is for features that are unknown.
        self._weights = np.zeros((len(features) + 1, len(self.tags)))
        for row, own in zip(self._weights, features.values(), strict=False):
            row[[column[tag] for tag in own]] = list(own.values())
        self._never = np.array([tag not in tagger.classes for tag in self.tags])
        # The tag of words that have but one, else -1.
        self._only = np.array([column.get(tagger.tagdict.get(word, ""), -1) for word in words], np.int16)
        self._index(words, [*map(tagger.normalize, words), *EDGES])

    def _index(self, words: Sequence[str], context: Sequence[str]) -> None:
        """For each feature that a word or a tag can have, the row of its weights."""
        self._of_word = [
            self._rows(f"i suffix {word[-3:]}" for word in words),
            self._rows(f"i pref1 {word[:1]}" for word in words),
        ]
        self._of_context = {name: self._rows(f"{name} {word}" for word in context) for name in WORD_FEATURES}
        self._of_context |= {name: self._rows(f"{name} {word[-3:]}" for word in context) for name in SUFFIX_FEATURES}
        before = [*self.tags, *START]
        self._before = {name: self._rows(f"{name} {tag}" for tag in before) for name in ("i-1 tag", "i-2 tag")}
        self._pair = self._rows(f"i tag+i-2 tag {one} {two}" for one in before for two in before)
        self._pair = self._pair.reshape(len(before), len(before))
        self._tag_word = np.stack([self._rows(f"i-1 tag+i word {tag} {word}" for word in context) for tag in before])

    def _rows(self, features: Iterable[str]) -> np.ndarray:
        return np.array([self._row.get(feature, len(self._row)) for feature in features], np.int32)

    def tag(self, texts: Ragged) -> np.ndarray:
        """The tag of each word of `texts`, which number the words: its place in `tags`; (tokens,) int16."""
        parts = [np.arange(start, min(start + TOGETHER, len(texts))) for start in range(0, len(texts), TOGETHER)]
        found = [self._tag(texts.take(rows)) for rows in parts]
        return np.concatenate([np.zeros(0, np.int16), *found])

    def _tag(self, texts: Ragged) -> np.ndarray:
        tags = np.zeros(len(texts.values), np.int16)
        order = np.argsort(-texts.lengths, kind="stable")
        lengths, starts = texts.lengths[order], texts.offsets[:-1][order]
        context = _padded(texts, len(self._only))
        # Two edges stand before each text and two behind.
        places = starts + 4 * order + 2
        previous, one_before = (np.full(len(texts), len(self.tags) + n) for n in range(len(START)))
        for step in range(int(lengths.max(initial=0))):
            active = int(np.searchsorted(-lengths, -step, side="left"))
            found = self._step(
                texts.values[starts[:active] + step],
                lambda off, where=places[:active] + step: context[where + off],  # type: ignore[misc]
                previous[:active],
                one_before[:active],
            )
            tags[starts[:active] + step] = found
            one_before[:active] = previous[:active]
            previous[:active] = found
        return tags

    def _step(
        self, words: np.ndarray, context: Callable[[int], np.ndarray], previous: np.ndarray, one_before: np.ndarray
    ) -> np.ndarray:
        """The tags of one word of each text, given the words around it and the two tags before it."""
        found = self._only[words]
        open_ = np.flatnonzero(found < 0)
        words, previous, one_before = words[open_], previous[open_], one_before[open_]
        near = {off: context(off)[open_] for off in range(-2, 3)}
        of = self._of_context
        # In the order in which NLTK adds them up.
        rows = [
            np.full(len(open_), self._row.get("bias", len(self._row))),
            *(index[words] for index in self._of_word),
            self._before["i-1 tag"][previous],
            self._before["i-2 tag"][one_before],
            self._pair[previous, one_before],
            of["i word"][near[0]],
            self._tag_word[previous, near[0]],
            of["i-1 word"][near[-1]],
            of["i-1 suffix"][near[-1]],
            of["i-2 word"][near[-2]],
            of["i+1 word"][near[1]],
            of["i+1 suffix"][near[1]],
            of["i+2 word"][near[2]],
        ]
        scores = np.zeros((len(open_), len(self.tags)))
        for row in rows:
            scores += self._weights[row]
        scores[:, self._never] = -np.inf
        found[open_] = scores.argmax(1)
        return found


def _padded(texts: Ragged, edge: int) -> np.ndarray:
    """The words of all texts, each text between two edges before it and two behind, numbered from `edge`."""
    padded = np.empty(len(texts.values) + 4 * len(texts), np.int32)
    starts = texts.offsets[:-1] + 4 * np.arange(len(texts))
    ends = texts.offsets[1:] + 4 * np.arange(len(texts)) + 2
    for place, number in ((starts, 0), (starts + 1, 1), (ends, 2), (ends + 1, 3)):
        padded[place] = edge + number
    padded[np.arange(len(texts.values)) + np.repeat(4 * np.arange(len(texts)) + 2, texts.lengths)] = texts.values
    return padded
