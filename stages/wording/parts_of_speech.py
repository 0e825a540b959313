"""Parts of speech, as the universal tag set (Petrov et al., 2012) has them.

NLTK's averaged perceptron needs its weights, which are not part of this repository;
without them TextBlob's pattern tagger, which brings its own lexicon, stands in, and
every table says which of the two it was.
"""

from pathlib import Path

import numpy as np
from textblob.en import parser as pattern

from stages.utterances.tokens import Tokens
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
