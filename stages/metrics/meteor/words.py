"""Text to words: METEOR's normalization of English, punctuation kept, in lower case."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Characters of words. Unicode's categories play no part: a Greek letter or an emoji is a word of its own.
LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017e\u0400-\u0527\ua640-\ua66e\ua67e-\ua697\u1d00-\u1d7f"
DIGIT = "0-9"
# Characters at which words are cut.
CUT = " \t\n\r\f"
# Removed at both ends of a text.
CONTROL = "".join(map(chr, range(33)))

ALONE = r" \g<0> "
# Each pass: a string without which it changes nothing, a pattern and its replacement. One pass goes from left to
# right over hits that do not overlap, so that `a,b,c` becomes `a , b,c`; the order of the passes matters.
PASSES = [
    (trigger, re.compile(pattern), replacement)
    for trigger, pattern, replacement in (
        ("", rf"[^{LETTER}{DIGIT} \t\n\v\f\r.'`,\-\u2018\u2019]", ALONE),
        ("..", r"\.{2,}", ALONE),
        (",", rf"([^{DIGIT}]),([^{DIGIT}])", r"\1 , \2"),
        (",", rf"([{DIGIT}]),([^{DIGIT}])", r"\1 , \2"),
        (",", rf"([^{DIGIT}]),([{DIGIT}])", r"\1 , \2"),
        ("`", "`", "'"),
        ("\u2018", "\u2018", "'"),
        ("\u2019", "\u2019", "'"),
        ("''", "''", ' " '),
        ("\u201c", "\u201c", ' " '),
        ("\u201d", "\u201d", ' " '),
        ("\u2013", "\u2013", "-"),
        ("--", "--", "-"),
        ("-", rf"([{LETTER}{DIGIT}.])-([{LETTER}{DIGIT}])", r"\1 \2"),
        ("'", rf"([^{LETTER}])'([^{LETTER}])", r"\1 ' \2"),
        ("'", rf"([^{LETTER}{DIGIT}])'([{LETTER}])", r"\1 ' \2"),
        ("'", rf"([{LETTER}])'([^{LETTER}])", r"\1 ' \2"),
        ("'", rf"([{LETTER}])'([{LETTER}])", r"\1 '\2"),
        ("'", rf"([{DIGIT}])'s", r"\1 's"),
    )
]
PLAIN = re.compile(rf"[{LETTER}{DIGIT} ]*")
CUTS = re.compile(f"[{CUT}]+")
SPACES = re.compile("[ \u2000-\u200a\u202f\u205f\u3000\u00a0]+")
A_LETTER = re.compile(f"[{LETTER}]")


@dataclass(frozen=True)
class Prefixes:
    """Words after which a dot ends no sentence, such as `Mr`: always, or before a number only."""

    always: frozenset[str]
    numeric: frozenset[str]


def words(text: str, prefixes: Prefixes) -> list[str]:
    """The words of a text, in lower case; punctuation marks are words.

    `|||`, which METEOR's line protocol cannot send, is removed.
    """
    text = text.replace("|||", "").strip(CONTROL)
    if PLAIN.fullmatch(text):
        return text.lower().split()
    text = f" {text} "
    for trigger, pattern, replacement in PASSES:
        if trigger in text:
            text = pattern.sub(replacement, text)
    parts = [part for part in CUTS.split(text) if part]
    if "." in text:
        parts = list(_with_dots(parts, prefixes))
    text = " ".join(parts)
    if not text.isascii():
        text = SPACES.sub(" ", text)
    return [word for word in text.strip(CONTROL).lower().split(" ") if word]


def _with_dots(parts: list[str], prefixes: Prefixes) -> Iterator[str]:
    """The parts, with a blank before the last dot of those that end a sentence, and abbreviations without dots."""
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        stem = part[:-1]
        if not stem or part[-1] != "." or not part.strip("."):
            yield part
        elif "." in stem and A_LETTER.search(stem):
            yield part.replace(".", "")
        elif stem in prefixes.always or "a" <= following[:1] <= "z" or _is_numeric(stem, following, prefixes):
            yield part
        else:
            yield f"{stem} ."


def _is_numeric(stem: str, following: str, prefixes: Prefixes) -> bool:
    return stem in prefixes.numeric and "0" <= following[:1] <= "9"
