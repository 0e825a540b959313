"""Text rules `clean`: the steps of ArtEmis without their defects.

docs/text_rules.md lists the differences.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stages.common.unicode_text import canonical
from stages.utterances import spelling, word_tokenizer
from stages.utterances.tokenize import Spelling
from stages.utterances.word_tokenizer import apply_jointly

# Typographic quotes, and the acute accent typed as an apostrophe.
STRAIGHT = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u00b4", "'") | dict.fromkeys("\u201c\u201d\u201e", '"'))

# Separators without other meaning; the last three are dashes and the ellipsis. Apostrophes,
# double quotes, brackets and & stay, because the tokenizer interprets them.
PUNCTUATION = ".?!,:;/\\-~*_=[]{}$^@|%#<>\u2013\u2014\u2026"
SPACES = str.maketrans(dict.fromkeys(PUNCTUATION, " "))

# A quoted word or, in single quotes, a quoted phrase. An apostrophe between two letters is
# part of a word, and that of `trees' shadows` opens no quote.
QUOTED = re.compile(r"""(?:'(?<!\w')(\w(?:[^'\0]|(?<=\w)'(?=\w))*)'|"(?<!\w")(\w+)")(?!\w)""")
# A superset for Arrow's regular expressions, which have no look-behind: where a quote could begin.
MAY_BE_QUOTED = r"""(^|[^a-zA-Z0-9])['\x{2018}\x{2019}\x{201b}\x{b4}]|["\x{201c}\x{201d}\x{201e}]"""

# A superset of the utterances that `canonical` changes.
MAY_CHANGE = r"[^\x00-\x7F]|&"

# After these words `'s` is no possessive.
NEVER_POSSESSIVE = (
    *("it", "that", "this", "he", "she", "there", "here"),
    *("what", "where", "who", "how", "when", "why", "everything", "something"),
)
NEGATED = ("do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "could", "would", "should")
SUBJECTS = ("i", "you", "he", "she", "it", "we", "they", "there", "that", "who")
# A contraction without its apostrophe is in the table if it is no other word (`its` and `were` are).
CONTRACTIONS = {
    **dict.fromkeys(["cannot", "can't", "cant"], "can not"),
    **dict.fromkeys(["won't", "wont"], "will not"),
    **dict.fromkeys(["shan't", "shant"], "shall not"),
    **dict.fromkeys(["ain't", "aint"], "is not"),
    **{f"{word}nt": f"{word} not" for word in NEGATED},
    **{f"{word}'s": f"{word} is" for word in NEVER_POSSESSIVE},
    **{f"{word}s": f"{word} is" for word in ("that", "there", "what")},
    **{f"{word}'d": f"{word} would" for word in SUBJECTS},
    **dict.fromkeys(["i'm", "im"], "i am"),
    "let's": "let us",
}
CONTRACTION = re.compile(rf"\b(?:{'|'.join(CONTRACTIONS)})\b")
# At the end of any word. A pattern that begins with a character is far faster than one that begins with `(?<=\w)`.
ENDINGS = {"n't": "not", "'nt": "not", "'re": "are", "'ve": "have", "'ll": "will"}
ENDING = [(re.compile(rf"{ending}(?<=\w{ending})\b"), f" {word}") for ending, word in ENDINGS.items()]


def tokens(utterance: str) -> list[str]:
    """Tokens of an utterance, without spelling correction."""
    return tokenize(clean(utterance))


def clean(utterance: str) -> str:
    """Canonical form in lower case; remove quotes around words, expand contractions, replace punctuation by spaces."""
    return separate(expand_contractions(unquote(plain(canonical(utterance)))))


def plain(text: str) -> str:
    """Lower-case, with straight quotes."""
    return text.lower().translate(STRAIGHT)


def unquote(text: str) -> str:
    """Replace the quotes around a word or a single-quoted phrase by spaces."""
    return QUOTED.sub(lambda match: f" {match[1] or match[2]} ", text)


def expand_contractions(text: str) -> str:
    """`can't` -> `can not`, `it's` -> `it is`; possessives (`the cat's`) stay."""
    text = CONTRACTION.sub(lambda match: CONTRACTIONS[match[0]], text)
    for ending, word in ENDING:
        text = ending.sub(word, text)
    return text


def separate(text: str) -> str:
    """Replace punctuation by spaces."""
    return text.translate(SPACES)


def tokenize(cleaned: str) -> list[str]:
    """Tokens of a cleaned utterance by NLTK's word tokenizer."""
    return word_tokenizer.tokenize(cleaned)


class CleanRules:
    """The same functions as `Rules`, for a whole corpus at once."""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """Bring utterances to their canonical form, and remove quotes, which may enclose several words."""
        typed = pc.match_substring_regex(utterances, MAY_CHANGE)
        composed = [canonical(text) for text in utterances.filter(typed).to_pylist()]
        utterances = pc.replace_with_mask(utterances, typed, pa.array(composed, utterances.type))
        quoted = pc.match_substring_regex(utterances, MAY_BE_QUOTED)
        changed = apply_jointly(lambda text: unquote(plain(text)), utterances.filter(quoted).to_pylist())
        return pc.replace_with_mask(utterances, quoted, pa.array(changed, utterances.type))

    def clean(self, piece: str) -> str:
        return separate(expand_contractions(plain(piece)))

    def tokenize(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        return word_tokenizer.tokenize_each(words)

    def record(self) -> dict[str, Any]:
        return {"rules": "clean"}

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        return spelling.check(counts)
