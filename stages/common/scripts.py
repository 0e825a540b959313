"""Scripts without spaces between words: each of their characters is a token, and people read them joined again.

Unicode says which these are: Han, Hiragana, Katakana, and the scripts of Southeast Asia (Thai, Lao, Khmer, Myanmar and
others) where even the end of a line needs a dictionary (UAX #14, class SA).
"""

from itertools import pairwise

import regex

from stages.common.unicode_text import JOINERS

LETTER = r"[\p{L}\p{Nl}&&[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Line_Break=SA}]]"
# Marks, and four letters that are written as marks are: the vowel am of Thai and Lao, the halfwidth signs of voice.
MARK = r"[\p{M}\u0e33\u0eb3\uff9e\uff9f]"
# A letter, its marks, and the letters that a sign between them puts below it (in Khmer and Myanmar). Not \X, which
# makes tokens of Myanmar's vowels, and looks at what stands before.
CHARACTER = rf"{LETTER}(?:[{JOINERS}]?{MARK}|(?<=\p{{InCB=Linker}}){LETTER})*"
_CHARACTER = regex.compile(CHARACTER, regex.V1)


def is_character(token: str) -> bool:
    """True for a token that is a character of such a script."""
    return not token.isascii() and bool(_CHARACTER.fullmatch(token))


def written(tokens: str) -> str:
    """The text of tokens between spaces as people write it: no space between two characters of such scripts.

    The rules `plain` make the same tokens of it.
    """
    if tokens.isascii():
        return tokens
    words = tokens.split(" ")
    return "".join(f"{_gap(*pair)}{pair[1]}" for pair in pairwise(["", *words]))[1:]


def _gap(word: str, following: str) -> str:
    """What stands between two tokens; a space, too, where two characters would become one without it."""
    alone = is_character(word) and is_character(following)
    return "" if alone and not is_character(word + following) else " "
