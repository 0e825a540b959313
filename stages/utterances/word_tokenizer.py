"""NLTK's word tokenizer, faster: word by word for a single text, and many words in one call for a corpus.

NLTK applies a list of regular expressions to a text. None of them reaches across a space, except that full stops,
commas and colons, and quotes at the ends of the text, depend on their position. So the tokens of a text are those of
its words, given the spaces around each word; tests/utterances/test_word_tokenizer.py compares them with NLTK's.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nltk.tokenize import NLTKWordTokenizer

# Separates texts that are processed together: no pattern matches across it, and hardly any utterance holds it.
SEPARATOR = "\0"
BATCH = 2000
# NLTK treats these characters differently at the end of a text.
POSITIONAL = re.compile(r"[.,:]")
# Position of a word in its text; the sum means both.
FIRST, LAST = 1, 2


@cache
def engine() -> "NLTKWordTokenizer":
    """NLTK's tokenizer; the import takes a second, so a caller can start it in a thread."""
    from nltk.tokenize import NLTKWordTokenizer

    return NLTKWordTokenizer()


def tokenize(text: str) -> list[str]:
    """The tokens of `NLTKWordTokenizer().tokenize(text)`."""
    if POSITIONAL.search(text):
        return list(engine().tokenize(text))
    words = text.split(" ")
    ends = [0] * len(words)
    ends[0] |= FIRST
    ends[-1] |= LAST
    return [token for word in map(pad, words, ends) for token in _tokenize_once(word)]


def pad(word: str, ends: int) -> str:
    """A word with the spaces around it that matter to NLTK, as it stands in a text without full stop, comma and colon.

    Args:
        ends: FIRST, LAST, their sum, or 0.
    """
    before = "" if ends & FIRST and word.startswith(('"', "'")) else " "
    after = "" if ends & LAST and word.endswith("'") else " "
    return f"{before}{word}{after}"


def tokenize_each(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Tokens of each padded word; distinct words are tokenized once."""
    distinct = list(dict.fromkeys(words))
    inside = [word for word in distinct if word[:1] == word[-1:] == " " and SEPARATOR not in word]
    tokens: dict[str, tuple[str, ...]] = {}
    for batch in _batches(inside):
        tokens |= _tokenize_jointly(batch)
    tokens |= {word: _tokenize_once(word) for word in distinct if word not in tokens}
    return [tokens[word] for word in words]


def _tokenize_jointly(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    lists: list[list[str]] = [[]]
    for token in engine().tokenize(SEPARATOR.join(words)):
        if token == SEPARATOR:
            lists.append([])
        else:
            lists[-1].append(token)
    return dict(zip(words, map(tuple, lists), strict=True))


@cache
def _tokenize_once(word: str) -> tuple[str, ...]:
    return tuple(engine().tokenize(word))


def apply_jointly(change: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """Apply `change` to many texts per call, since the calls are what takes time.

    `change` must not match across SEPARATOR between spaces, nor add one.
    """
    separator = f" {SEPARATOR} "
    changed: list[str] = []
    for batch in _batches(texts):
        joined = separator.join(batch)
        ambiguous = joined.count(SEPARATOR) >= len(batch)
        changed += map(change, batch) if ambiguous else change(joined).split(separator)
    return changed


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]
