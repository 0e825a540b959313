"""Snowball's stemmer of English ("Porter2") in its form of 2002 to 2014.

Written out, since the packages differ: snowballstemmer 3 has later rules, and NLTK looks for shorter suffixes where the
longest one lies outside its region.
"""


def _replacements(text: str) -> dict[str, str]:
    """The first word of each entry, and the second one or nothing."""
    entries = (entry.strip().partition(" ") for entry in text.split(","))
    return {first: second for first, _, second in entries}


VOWELS = frozenset("aeiouy")
DOUBLES = frozenset({"bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt"})
BEFORE_LI = frozenset("cdeghkmnrt")
EXCEPTIONS = _replacements(
    "skis ski, skies sky, dying die, lying lie, tying tie, idly idl, gently gentl, ugly ugli, early earli, only onli,"
    " singly singl, sky sky, news news, howe howe, atlas atlas, cosmos cosmos, bias bias, andes andes"
)
# Left as they are after step 1a.
FINISHED = frozenset({"inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"})
# Prefixes after which the first region begins, instead of the usual place.
PREFIXES = ("gener", "commun", "arsen")

# Each suffix and what takes its place.
STEP_2 = _replacements(
    "ization ize, ational ate, fulness ful, ousness ous, iveness ive, tional tion, biliti ble, lessli less, entli ent,"
    " ation ate, alism al, aliti al, ousli ous, iviti ive, fulli ful, enci ence, anci ance, abli able, izer ize,"
    " ator ate, alli al, bli ble, ogi og, li"
)
STEP_3 = _replacements("ational ate, tional tion, alize al, icate ic, iciti ic, ative, ical ic, ness, ful")
STEP_4 = _replacements("ement, ance, ence, able, ible, ment, ant, ent, ism, ate, iti, ous, ive, ize, ion, al, er, ic")


def stem(word: str) -> str:
    """The stem of a word in lower case; words shorter than three UTF-16 units are unchanged."""
    if word in EXCEPTIONS:
        return EXCEPTIONS[word]
    if len(word) < 3 and len(word.encode("utf-16-le", "surrogatepass")) < 6:
        return word
    word = _mark_consonants(word.removeprefix("'"))
    # The regions are positions, fixed before any suffix is removed.
    first = next((len(prefix) for prefix in PREFIXES if word.startswith(prefix)), None) or _region(word, 0)
    second = _region(word, first)
    word = _plural(_without_apostrophe(word))
    if word not in FINISHED:
        word = _final_y(_past(word, first))
        word = _step_2(word, first)
        word = _step_3(word, first, second)
        word = _step_4(word, second)
        word = _final_letter(word, first, second)
    return word.replace("Y", "y")


def _mark_consonants(word: str) -> str:
    """The word with Y for each y that is a consonant: the first letter, or after a vowel."""
    if "y" not in word:
        return word
    letters = list(word)
    for place, letter in enumerate(letters):
        if letter == "y" and (place == 0 or letters[place - 1] in VOWELS):
            letters[place] = "Y"
    return "".join(letters)


def _region(word: str, start: int) -> int:
    """The position after the first non-vowel that follows a vowel, counted from `start`."""
    for place in range(start + 1, len(word)):
        if word[place] not in VOWELS and word[place - 1] in VOWELS:
            return place + 1
    return len(word)


def _has_vowel(text: str) -> bool:
    return not VOWELS.isdisjoint(text)


def _ends_short(word: str) -> bool:
    """True if the last syllable is short: a vowel between non-vowels, or a vowel at the word's beginning."""
    if len(word) == 2:
        return word[0] in VOWELS and word[1] not in VOWELS
    return (
        len(word) > 2
        and word[-3] not in VOWELS
        and word[-2] in VOWELS
        and word[-1] not in VOWELS
        and word[-1] not in "wxY"
    )


def _longest(word: str, suffixes: dict[str, str]) -> str:
    """The longest of the suffixes that the word ends in, or the empty string."""
    for length in range(min(7, len(word)), 1, -1):
        if word[-length:] in suffixes:
            return word[-length:]
    return ""


def _without_apostrophe(word: str) -> str:
    suffix = next((suffix for suffix in ("'s'", "'s", "'") if word.endswith(suffix)), "")
    return word[: len(word) - len(suffix)]


def _plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")) and _has_vowel(word[:-2]):
        return word[:-1]
    return word


def _past(word: str, first: int) -> str:
    for suffix in ("eedly", "eed"):
        if word.endswith(suffix):
            return word[: len(word) - len(suffix)] + "ee" if len(word) - len(suffix) >= first else word
    suffix = next((suffix for suffix in ("ingly", "edly", "ing", "ed") if word.endswith(suffix)), "")
    rest = word[: len(word) - len(suffix)]
    if not suffix or not _has_vowel(rest):
        return word
    if rest.endswith(("at", "bl", "iz")) or (len(rest) == first and _ends_short(rest)):
        return rest + "e"
    return rest[:-1] if rest[-2:] in DOUBLES else rest


def _final_y(word: str) -> str:
    if len(word) > 2 and word[-1] in "yY" and word[-2] not in VOWELS:
        return word[:-1] + "i"
    return word


def _step_2(word: str, first: int) -> str:
    suffix = _longest(word, STEP_2)
    rest = word[: len(word) - len(suffix)]
    if not suffix or len(rest) < first:
        return word
    if (suffix == "li" and rest[-1:] not in BEFORE_LI) or (suffix == "ogi" and rest[-1:] != "l"):
        return word
    return rest + STEP_2[suffix]


def _step_3(word: str, first: int, second: int) -> str:
    suffix = _longest(word, STEP_3)
    rest = word[: len(word) - len(suffix)]
    if not suffix or len(rest) < (second if suffix == "ative" else first):
        return word
    return rest + STEP_3[suffix]


def _step_4(word: str, second: int) -> str:
    suffix = _longest(word, STEP_4)
    rest = word[: len(word) - len(suffix)]
    if not suffix or len(rest) < second or (suffix == "ion" and rest[-1:] not in ("s", "t")):
        return word
    return rest


def _final_letter(word: str, first: int, second: int) -> str:
    rest = word[:-1]
    if word.endswith("e") and (len(rest) >= second or (len(rest) >= first and not _ends_short(rest))):
        return rest
    if word.endswith("l") and len(rest) >= second and rest.endswith("l"):
        return rest
    return word
