"""NLTK's word tokenizer, asked once for each distinct word rather than for each utterance.

The tokenizer tries some thirty patterns one after the other on the whole of a text.
Yet none of them sees beyond a space, but for these:

- full stops, commas and colons mean something else at the end of a text;
- quotes at the very start of a text are not read as quotes behind a space;
- an apostrophe at the very end of a text is not read as one before a space.

So a text without the first is the list of its words, each tokenized between spaces,
but for those at its two ends; and thousands of words can be given to NLTK as one text.
tests/utterances/test_word_tokenizer.py compares this with NLTK on 100,000 texts made of
all that its patterns know.
"""

import re
from collections.abc import Iterable
from functools import cache

from nltk.tokenize import NLTKWordTokenizer

_NLTK = NLTKWordTokenizer()
# What is read differently at the end of a text.
_POSITIONAL = re.compile(r"[.,:]")
# Stands between words that are tokenized together: a character that is a token, and in no utterance.
BETWEEN = "\0"
BATCH = 2000


def tokenize(text: str) -> list[str]:
    """The same as `NLTKWordTokenizer().tokenize(text)`."""
    if _POSITIONAL.search(text):
        return list(_NLTK.tokenize(text))
    return [token for word in placed_words(text, first=True, last=True) for token in _tokenize_once(word)]


def placed_words(text: str, *, first: bool, last: bool) -> list[str]:
    """What stands between spaces in a part of a longer text, each with the spaces that matter to NLTK.

    Args:
        text: the part, cut out at spaces; without full stops, commas and colons.
        first, last: whether the longer text starts, and ends, with it.
    """
    words = [f" {word} " for word in text.split(" ")]
    if first and words[0].startswith((' "', " '")):
        words[0] = words[0][1:]
    if last and words[-1].endswith("' "):
        words[-1] = words[-1][:-1]
    return words


def tokenize_each(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Placed word -> its tokens, for each distinct one."""
    distinct = list(dict.fromkeys(words))
    inside = [word for word in distinct if word[:1] == word[-1:] == " " and BETWEEN not in word]
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(inside), BATCH):
        found |= _tokenize_together(inside[start : start + BATCH])
    return found | {word: _tokenize_once(word) for word in distinct if word not in found}


def _tokenize_together(words: list[str]) -> dict[str, tuple[str, ...]]:
    lists: list[list[str]] = [[]]
    for token in _NLTK.tokenize(BETWEEN.join(words)):
        if token == BETWEEN:
            lists.append([])
        else:
            lists[-1].append(token)
    return dict(zip(words, map(tuple, lists), strict=True))


@cache
def _tokenize_once(word: str) -> tuple[str, ...]:
    return tuple(_NLTK.tokenize(word))
