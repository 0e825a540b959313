"""Parts of speech: tags of the universal tag set (Petrov et al., 2012) and their counts."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from textblob.en import parser as pattern

from stages.utterances.tokenize import Ragged, Tokens
from stages.wording import perceptron

# Those that ArtEmis counts; the beginnings of their Penn Treebank tags.
PARTS = {
    "noun": ("NN",),
    "pronoun": ("PRP", "WP"),
    "adjective": ("JJ",),
    "adposition": ("IN",),
    "verb": ("VB", "MD"),
}
# A part's code is its place here; 0 is any other.
CODES = {part: code for code, part in enumerate(PARTS, start=1)}
NLTK, TEXTBLOB = "NLTK", "TextBlob"


def part(tag: str) -> int:
    """The code of a Penn Treebank tag's part of speech."""
    return next((CODES[name] for name, beginnings in PARTS.items() if tag.startswith(beginnings)), 0)


def tagger(nltk_data: Path) -> str:
    """Which tagger there is: NLTK, where a folder of NLTK's data holds its weights, else TextBlob."""
    return NLTK if perceptron.is_there(nltk_data) else TEXTBLOB


def parts_of(tokens: Tokens, nltk_data: Path) -> np.ndarray:
    """The code of each token's part of speech, text after text, uint8; by `tagger(nltk_data)`."""
    if tagger(nltk_data) == NLTK:
        prepared = perceptron.Perceptron(perceptron.load(nltk_data), tokens.words)
        return np.array([part(tag) for tag in prepared.tags], np.uint8)[prepared.tag(tokens.ids)]
    words = np.array(tokens.words, object)
    ends = zip(tokens.ids.offsets[:-1].tolist(), tokens.ids.offsets[1:].tolist(), strict=True)
    texts = (words[tokens.ids.values[start:end]].tolist() for start, end in ends if end > start)
    return np.array([part(tag) for text in texts for _, tag in pattern.find_tags(text)], np.uint8)


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
