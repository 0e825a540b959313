"""Typed text in one spelling: canonical composition, without HTML entities and invisible characters.

One word can reach a table as several sequences of characters that look alike: `é` as one character or as two, a soft
hyphen or a byte order mark inside, `it&#39;s` from a web page.
"""

import html
import html.entities
import re
import unicodedata
from collections.abc import Mapping

# Soft hyphen, zero-width space, word joiner, byte order mark, grapheme joiner, marks of writing direction, invisible
# operators, and variation selectors, which choose between forms of one character.
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
# The zero-width joiner and non-joiner change words of some scripts (Persian, those of India) and join emoji to others.
# Between other characters they are invisible.
JOINERS = "\u200c\u200d"
JOINED = "[\u0590-\u1dff\u2100-\U0010ffff]"
REMOVED = re.compile(f"[{INVISIBLE}]|(?<!{JOINED})[{JOINERS}]|[{JOINERS}](?!{JOINED})")
# An entity at the end of a text, without its semicolon; `black&white` has none, and is no entity.
ENTITY = re.compile(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*)\Z")
LONGEST = max(map(len, html.entities.html5))
# Hyphens and the minus sign; characters typed or set as an apostrophe.
TYPED = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2212", "-") | dict.fromkeys("\u02bb\u02bc\u2032\uff07", "'"))
# ASCII without an ampersand is its own canonical form.
PLAIN = re.compile(r"[\0-%'-\x7f]*")
# Letters and symbols that show nothing, beside control and format characters.
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"


def canonical(text: str) -> str:
    """`visible` text with plain hyphens and apostrophes."""
    return _settled(text, TYPED)


def visible(text: str) -> str:
    """`text` in NFC, without entities and invisible characters.

    Canonically equivalent texts have the same result, and the visible form of the result is the result.
    """
    return _settled(text, {})


def _settled(text: str, typed: Mapping[int, str]) -> str:
    if PLAIN.fullmatch(text):
        return text
    # A step can make work for the next one: a removed character can have kept two others apart.
    while (changed := _unescaped(_visible(text).translate(typed))) != text:
        text = changed
    return text


def _visible(text: str) -> str:
    return REMOVED.sub("", unicodedata.normalize("NFC", text))


def _unescaped(text: str) -> str:
    """`text` with the characters of its entities, however often they were escaped; takes time linear in `text`."""
    if "&" not in text or ";" not in text:
        return text
    done: list[str] = []
    for char in text:
        done.append(char)
        while done[-1:] == [";"] and (entity := ENTITY.search("".join(done[-LONGEST - 1 : -1]))):
            character = _character(entity[1])
            if character is None:
                break
            del done[-len(entity[0]) - 1 :]
            done += character if character in JOINERS and re.match(JOINED, "".join(done[-1:])) else _visible(character)
    return "".join(done)


def _character(name: str) -> str | None:
    """The character of an entity's name or number; None for an unknown name."""
    return html.unescape(f"&{name};") if name.startswith("#") else html.entities.html5.get(f"{name};")


def is_blank(text: str) -> bool:
    """True for a text that shows nothing: spaces, invisible characters, entities of such."""
    return all(
        char.isspace() or char in FILLERS or unicodedata.category(char) in ("Cc", "Cf") for char in canonical(text)
    )
