"""NLTK's word tokenizer, called once for each distinct word rather than for each utterance.

The tokenizer tries some thirty patterns one after the other on the whole of a text.
Yet none of them sees beyond a space, but for these:

- full stops, commas and colons mean something else at the end of a text;
- quotes at the very start of a text are not read as quotes behind a space;
- an apostrophe at the very end of a text is not read as one before a space.

So a text without the first is the list of its words, each tokenized between spaces,
but for those at its two ends. tests/utterances/test_word_tokenizer.py compares this
with NLTK on 100,000 texts made of all that its patterns know.
"""

import re
from collections.abc import Iterator
from functools import cache

from nltk.tokenize import NLTKWordTokenizer

_NLTK = NLTKWordTokenizer()
# What is read differently at the end of a text.
_POSITIONAL = re.compile(r"[.,:]")


def tokenize(text: str) -> list[str]:
    """The same as `NLTKWordTokenizer().tokenize(text)`."""
    if _POSITIONAL.search(text):
        return list(_NLTK.tokenize(text))
    return list(words_of(text, first=True, last=True))


def words_of(text: str, *, first: bool, last: bool) -> Iterator[str]:
    """The words of a part of a longer text, cut out of it at spaces, without full stops, commas and colons.

    Args:
        text: the part.
        first, last: whether the longer text starts, and ends, with it.
    """
    parts = text.split(" ")
    end = len(parts) - 1
    for place, part in enumerate(parts):
        before = "" if first and place == 0 and part.startswith(('"', "'")) else " "
        after = "" if last and place == end and part.endswith("'") else " "
        yield from _tokenize_once(before + part + after)


@cache
def _tokenize_once(text: str) -> tuple[str, ...]:
    return tuple(_NLTK.tokenize(text))
