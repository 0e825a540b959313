"""The rules `clean`: cleaning, tokens and spelling of a whole corpus."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stages.utterances import spelling, word_tokenizer
from stages.utterances.tokenize import Spelling
from stages.utterances.word_tokenizer import together

# Typographic quotes (and the acute accent typed for one) stand for the plain ones.
STRAIGHT = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u00b4", "'") | dict.fromkeys("\u201c\u201d\u201e", '"'))

# Characters that separate words and say nothing more, the last three being dashes and
# the ellipsis. Apostrophes, double quotes, brackets and & stay: the tokenizer knows
# what they mean.
PUNCTUATION = ".?!,:;/\\-~*_=[]{}$^@|%#<>\u2013\u2014\u2026"
SPACES = str.maketrans(dict.fromkeys(PUNCTUATION, " "))

# A quoted word or, between single quotes, a quoted phrase; an apostrophe between two
# letters is part of a word. `trees' shadows` opens no quote and stays as it is.
QUOTED = re.compile(r"""(?:'(?<!\w')(\w(?:[^'\0]|(?<=\w)'(?=\w))*)'|"(?<!\w")(\w+)")(?!\w)""")

# Words that own nothing: what follows their `'s` is no possession.
NOT_OWNING = (
    *("it", "that", "this", "he", "she", "there", "here"),
    *("what", "where", "who", "how", "when", "why", "everything", "something"),
)
NEGATED = ("do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "could", "would", "should")
SUBJECTS = ("i", "you", "he", "she", "it", "we", "they", "there", "that", "who")
# Without its apostrophe a contraction counts where it is no other word (`its` and `were` are).
CONTRACTIONS = {
    **dict.fromkeys(["cannot", "can't", "cant"], "can not"),
    **dict.fromkeys(["won't", "wont"], "will not"),
    **dict.fromkeys(["shan't", "shant"], "shall not"),
    **dict.fromkeys(["ain't", "aint"], "is not"),
    **{f"{word}nt": f"{word} not" for word in NEGATED},
    **{f"{word}'s": f"{word} is" for word in NOT_OWNING},
    **{f"{word}s": f"{word} is" for word in ("that", "there", "what")},
    **{f"{word}'d": f"{word} would" for word in SUBJECTS},
    **dict.fromkeys(["i'm", "im"], "i am"),
    "let's": "let us",
}
CONTRACTION = re.compile(rf"\b(?:{'|'.join(CONTRACTIONS)})\b")
# At the end of any word. A pattern that begins with a sign is far faster than one with `(?<=\w)` before it.
ENDINGS = {"n't": "not", "'nt": "not", "'re": "are", "'ve": "have", "'ll": "will"}
ENDING = [(re.compile(rf"{ending}(?<=\w{ending})\b"), f" {word}") for ending, word in ENDINGS.items()]


def clean(utterance: str) -> str:
    """Lower-case, quotes around words removed, contractions spelled out, punctuation turned into spaces."""
    return separate(expand_contractions(unquote(plain(utterance))))


def plain(text: str) -> str:
    """Lower-case, with straight quotes."""
    return text.lower().translate(STRAIGHT)


def unquote(text: str) -> str:
    """Put spaces where quotes stand around a word or a single-quoted phrase."""
    return QUOTED.sub(lambda match: f" {match[1] or match[2]} ", text)


def expand_contractions(text: str) -> str:
    """`can't` -> `can not`, `it's` -> `it is`; possessives (`the cat's`) stay."""
    text = CONTRACTION.sub(lambda match: CONTRACTIONS[match[0]], text)
    for ending, word in ENDING:
        text = ending.sub(word, text)
    return text


def separate(text: str) -> str:
    """Punctuation becomes spaces."""
    return text.translate(SPACES)


def tokenize(cleaned: str) -> list[str]:
    """The words of a cleaned utterance; NLTK's word tokenizer, which needs no downloaded model."""
    return word_tokenizer.tokenize(cleaned)


def tokens(utterance: str) -> list[str]:
    """Both steps in one: the tokens of a sentence as typed."""
    return tokenize(clean(utterance))


# Wherever a quote could begin; an apostrophe behind a letter begins none.
MAY_BE_QUOTED = r"""(^|[^a-zA-Z0-9])['\x{2018}\x{2019}\x{201b}\x{b4}]|["\x{201c}\x{201d}\x{201e}]"""


class CleanRules:
    """ArtEmis' steps without their defects; docs/text_rules.md lists the differences."""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """Remove quotes, which may go around several words."""
        quoted = pc.match_substring_regex(utterances, MAY_BE_QUOTED)
        changed = together(lambda said: unquote(plain(said)), utterances.filter(quoted).to_pylist())
        return pc.replace_with_mask(utterances, quoted, pa.array(changed, utterances.type))

    def clean(self, piece: str) -> str:
        return separate(expand_contractions(plain(piece)))

    def respell(self, token: str) -> Sequence[str]:
        return (token,)

    def record(self) -> dict[str, Any]:
        return {"rules": "clean"}

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        return spelling.check(counts)
