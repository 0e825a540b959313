"""NLTK's word tokenizer on many texts at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

# Stands between texts: a character that no pattern of ours reaches across, and in hardly any utterance.
BETWEEN = "\0"
BATCH = 2000


def together(change: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """`change` of each text, where it sees no further than a space and `BETWEEN` behind it, and adds neither."""
    between = f" {BETWEEN} "
    changed: list[str] = []
    for batch in batches(texts):
        whole = between.join(batch)
        alone = whole.count(BETWEEN) >= len(batch)
        changed += map(change, batch) if alone else change(whole).split(between)
    return changed


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in parts of at most BATCH."""
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]


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
