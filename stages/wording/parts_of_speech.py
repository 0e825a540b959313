"""Parts of speech of the universal tag set (Petrov et al., 2012), and their counts."""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stages.utterances.tokenize import Ragged

# The parts that ArtEmis counts, with the prefixes of their Penn Treebank tags.
PARTS = {
    "noun": ("NN",),
    "pronoun": ("PRP", "WP"),
    "adjective": ("JJ",),
    "adposition": ("IN",),
    "verb": ("VB", "MD"),
}
# Codes from 1 in the order of PARTS; 0 is any other part of speech.
CODES = {part: code for code, part in enumerate(PARTS, start=1)}
KINDS = len(PARTS) + 1


@cache
def part_code(tag: str) -> int:
    """Code of the part of speech of a Penn Treebank tag."""
    return next((CODES[part] for part, prefixes in PARTS.items() if tag.startswith(prefixes)), 0)


def number_words(texts: list[str]) -> Ragged:
    """Words of each text as numbers of the distinct words; words are separated by single spaces."""
    lists = pc.split_pattern(pa.array(texts, pa.string()), " ")
    words = lists.flatten()
    # An empty text is split into one empty word, which does not count.
    present = np.asarray(pc.not_equal(words, ""))
    offsets = np.concatenate([[0], np.cumsum(present)])[np.asarray(lists.offsets)]
    numbers = words.filter(pa.array(present)).dictionary_encode().indices
    return Ragged(offsets.astype(np.int64), np.asarray(numbers, np.int32))


def count_parts(parts: np.ndarray, words: Ragged) -> np.ndarray:
    """Number of words of each part of speech in each text; int32 (texts, PARTS).

    Args:
        parts: codes of all words, text after text.
        words: of each text.
    """
    rows = np.repeat(np.arange(len(words)), words.lengths)
    return np.bincount(rows * KINDS + parts, minlength=len(words) * KINDS).reshape(-1, KINDS)[:, 1:].astype(np.int32)


def count_distinct(pictures: np.ndarray, texts: np.ndarray, parts: np.ndarray, words: Ragged) -> np.ndarray:
    """Number of distinct words of each part of speech in all texts of each picture; int32 (pictures, PARTS).

    Args:
        pictures, texts: numbers of the picture and of the text of each utterance.
        parts: codes of all words, text after text; a word with two parts of speech counts for both.
        words: of each text.
    """
    pairs = Ragged(words.offsets, words.values * KINDS + parts).take(texts)
    limit = int(pairs.values.max(initial=0)) + 1
    keys = np.unique(np.repeat(pictures.astype(np.int64), pairs.lengths) * limit + pairs.values)
    count = int(pictures.max(initial=-1)) + 1
    counts = np.bincount(keys // limit * KINDS + keys % limit % KINDS, minlength=count * KINDS)
    return counts.reshape(-1, KINDS)[:, 1:].astype(np.int32)
