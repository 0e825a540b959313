"""How annotators type: case, punctuation, typing errors. All of it is noise that no emotion and no picture changes."""

import re

from numpy.random import Generator

# Share of the words of four letters and more that are mistyped: 1.5 % of all words.
TYPOS = 0.029
CAPITALS = 0.75
LOST_COMMAS = 0.15
ENDS = (("", 0.2), ("!", 0.08), ("..", 0.02), (".", 0.7))


def type_out(words: str, rng: Generator) -> str:
    """The utterance as somebody might have typed it."""
    text = re.sub(r"[a-z']{4,}", lambda found: _mistype(found[0], rng), words)
    if rng.random() < LOST_COMMAS:
        text = text.replace(",", "")
    if rng.random() < CAPITALS:
        text = re.sub(r"(^|[.!] )([a-z])", lambda found: found[1] + found[2].upper(), text)
        text = re.sub(r"\bi(?=[ '])", "I", text)
    return text + _end(rng)


def _end(rng: Generator) -> str:
    left = rng.random()
    for end, share in ENDS:
        left -= share
        if left < 0:
            return end
    return "."


def _mistype(word: str, rng: Generator) -> str:
    """Swap, drop, double or replace a letter inside the word; or lose its apostrophe."""
    if rng.random() >= TYPOS:
        return word
    if "'" in word:
        return word.replace("'", "")
    kind, at = int(rng.integers(4)), int(rng.integers(1, len(word) - 1))
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + "abcdefghijklmnopqrstuvwxyz"[rng.integers(26)] + word[at + 1 :]
