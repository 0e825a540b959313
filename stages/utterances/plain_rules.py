"""Text rules `plain`: tokens of text in any language, by Unicode's properties of characters; no list of any language.

docs/text_rules.md has examples.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import regex

from stages.common.language import subtag
from stages.common.scripts import CHARACTER, LETTER
from stages.common.unicode_text import FILLERS, JOINERS, visible
from stages.utterances.tokenize import Spelling

# Characters typed or set as an apostrophe, and as a Hebrew quotation sign. Two more apostrophes of Unicode are letters
# (U+02BB and U+02BC, in Hawaiian, Uzbek and others), and stay.
QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u00b4\u2032\uff07", "'") | dict.fromkeys("\u201c\u201d", '"'))

# A flag; or pictographs with what changes them (marks, colours of skin, the tags of a region), joined to one.
PICTOGRAPH = r"[[\p{Extended_Pictographic}\p{Emoji_Presentation}]--[\p{Alphabetic}\p{P}]]"
CHANGED = rf"{PICTOGRAPH}[\p{{M}}\p{{Emoji_Modifier}}\U000e0020-\U000e007f]*"
EMOJI = rf"\p{{Regional_Indicator}}{{2}}|{CHANGED}(?:\u200d{CHANGED})*"
# A letter or digit of a word between spaces.
INNER = rf"[[\p{{L}}\p{{N}}]--{LETTER}--[{FILLERS}]]"
# Signs that belong to a word, between two of its letters: apostrophe, the dot of Catalan, and the two Hebrew signs of
# abbreviation, one of which is mostly typed as a quotation mark. Full stop, comma and colon separate words there, too:
# Unicode's default (UAX #29) keeps `1,5` in one, but also `sea.The`, as people type it in a hurry.
SIGN = r"""(?:['\u00b7\u05f3\u05f4]|(?<=\p{Hebrew}\p{M}*)"(?=\p{Hebrew}))"""
WORD = rf"{INNER}(?:[{JOINERS}]?(?:\p{{M}}|{INNER})|(?<=[\p{{L}}\p{{M}}]){SIGN}{INNER})*"
TOKEN = regex.compile(rf"{CHARACTER}|{EMOJI}|{WORD}", regex.V1)

# Turkish and Azerbaijani have two letters i, with and without a dot. Elsewhere `İ` is in Turkish names only.
DOTTED = str.maketrans({"İ": "i"})
DOTLESS = DOTTED | str.maketrans({"I": "\u0131"})
TURKIC = ("tr", "az")


def tokens(utterance: str, language: str = "") -> list[str]:
    """Tokens of an utterance: words, characters of scripts without spaces, emoji; in lower case and NFC.

    Args:
        language: a BCP 47 tag; only the letter I of Turkish and Azerbaijani depends on it.
    """
    dots = DOTLESS if subtag(language) in TURKIC else DOTTED
    # Case after the split: a Greek sigma is final where the word ends.
    separate = " ".join(TOKEN.findall(visible(utterance).translate(QUOTES)))
    return unicodedata.normalize("NFC", separate.translate(dots).lower()).split()


class PlainRules:
    """The same functions as `Rules`, for a whole corpus at once."""

    def __init__(self, language: str) -> None:
        self._language = language

    def prepare(self, utterances: pa.Array) -> pa.Array:
        return utterances

    def clean(self, piece: str) -> str:
        return piece

    def tokenize(self, words: Sequence[str]) -> Iterator[Sequence[str]]:
        # One at a time: in a script without spaces, a word is a whole utterance, and all their tokens fill the memory.
        return (tokens(word, self._language) for word in words)

    def record(self) -> dict[str, Any]:
        return {"rules": "plain", "language": self._language}

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        """No correction: there is no dictionary of every language."""
        return Spelling({}, [])
