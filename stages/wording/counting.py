"""Counting parts of speech: in each utterance, and the distinct words of each among all that was said of a picture."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stages.utterances.ragged import Ragged
from stages.utterances.tokens import Tokens
from stages.wording.parts_of_speech import PARTS

# 0 is for tokens that are none of PARTS.
KINDS = len(PARTS) + 1


def numbered(texts: list[str]) -> Tokens:
    """The words of each text, which stand between single spaces; an empty text has none."""
    lists = pc.split_pattern(pa.array(texts, pa.string()), " ")
    words = lists.flatten()
    said = np.asarray(pc.not_equal(words, ""))
    ends = np.concatenate([[0], np.cumsum(said)])[np.asarray(lists.offsets)]
    distinct = words.filter(pa.array(said)).dictionary_encode()
    ids = Ragged(ends.astype(np.int64), np.asarray(distinct.indices, np.int32))
    return Tokens(ids, distinct.dictionary.to_pylist())


def per_text(parts: np.ndarray, words: Ragged) -> np.ndarray:
    """How many words of each part of speech each text has, (texts, PARTS) int32; `parts` are the codes of all words."""
    rows = np.repeat(np.arange(len(words)), words.lengths)
    return np.bincount(rows * KINDS + parts, minlength=len(words) * KINDS).reshape(-1, KINDS)[:, 1:].astype(np.int32)


def distinct_per_picture(pictures: np.ndarray, texts: np.ndarray, parts: np.ndarray, words: Ragged) -> np.ndarray:
    """How many distinct words of each part of speech were said of each picture, (pictures, PARTS) int32.

    Args:
        pictures, texts: for each utterance the number of its picture, and that of its text among `words`.
        parts: the codes of all words of all texts; a word that has two counts for both.
    """
    said = Ragged(words.offsets, words.values * KINDS + parts).take(texts)
    limit = int(said.values.max(initial=0)) + 1
    keys = np.unique(np.repeat(pictures.astype(np.int64), said.lengths) * limit + said.values)
    found = np.bincount(
        keys // limit * KINDS + keys % limit % KINDS, minlength=(int(pictures.max(initial=-1)) + 1) * KINDS
    )
    return found.reshape(-1, KINDS)[:, 1:].astype(np.int32)
