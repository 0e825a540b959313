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
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from stages.utterances.together import BETWEEN, batches

if TYPE_CHECKING:
    from nltk.tokenize import NLTKWordTokenizer

# What is read differently at the end of a text.
_POSITIONAL = re.compile(r"[.,:]")
# Where in its text a word stands; the sum is both.
FIRST, LAST = 1, 2


@cache
def engine() -> "NLTKWordTokenizer":
    """The tokenizer; its import takes a second, and whoever is in a hurry has it done by a thread meanwhile."""
    from nltk.tokenize import NLTKWordTokenizer

    return NLTKWordTokenizer()


def tokenize(text: str) -> list[str]:
    """The same as `NLTKWordTokenizer().tokenize(text)`."""
    if _POSITIONAL.search(text):
        return list(engine().tokenize(text))
    words = text.split(" ")
    ends = [0] * len(words)
    ends[0] |= FIRST
    ends[-1] |= LAST
    return [token for word in map(placed, words, ends) for token in _tokenize_once(word)]


def placed(word: str, ends: int) -> str:
    """A word of a text without full stops, commas and colons, with the spaces around it that matter to NLTK."""
    before = "" if ends & FIRST and word.startswith(('"', "'")) else " "
    after = "" if ends & LAST and word.endswith("'") else " "
    return f"{before}{word}{after}"


def tokenize_each(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Placed word -> its tokens, for each distinct one."""
    distinct = list(dict.fromkeys(words))
    inside = [word for word in distinct if word[:1] == word[-1:] == " " and BETWEEN not in word]
    found: dict[str, tuple[str, ...]] = {}
    for batch in batches(inside):
        found |= _tokenize_together(batch)
    return found | {word: _tokenize_once(word) for word in distinct if word not in found}


def _tokenize_together(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    lists: list[list[str]] = [[]]
    for token in engine().tokenize(BETWEEN.join(words)):
        if token == BETWEEN:
            lists.append([])
        else:
            lists[-1].append(token)
    return dict(zip(words, map(tuple, lists), strict=True))


@cache
def _tokenize_once(word: str) -> tuple[str, ...]:
    return tuple(engine().tokenize(word))
