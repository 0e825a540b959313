"""From an utterance as a person typed it to the tokens that every later stage works with.

Pure functions of one piece of text. The steps and their order are those of ArtEmis
(lower-case, unquote, expand contractions, punctuation to spaces, tokenize), with word
boundaries wherever a pattern looks at words.
"""

import re

from stages.utterances import word_tokenizer

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

# Irregular ones first. `'s` is a contraction only after words that own nothing; after
# others it may be a possessive, which the tokenizer splits off. Without its apostrophe
# a contraction counts where it is no other word (`its` and `were` are).
CONTRACTIONS = [
    (re.compile(r"\b(?:cannot|can'?t)\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(r"\bshan'?t\b"), "shall not"),
    (re.compile(r"\bain'?t\b"), "is not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|could|would|should)nt\b"), r"\1 not"),
    (re.compile(r"(?<=\w)(?:n't|'nt)\b"), " not"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"\b(it|that|this|he|she|there|here|what|where|who|how|when|why|everything|something)'s\b"), r"\1 is"),
    (re.compile(r"\b(that|there|what)s\b"), r"\1 is"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"(?<=\w)'re\b"), " are"),
    (re.compile(r"(?<=\w)'ve\b"), " have"),
    (re.compile(r"(?<=\w)'ll\b"), " will"),
    (re.compile(r"\b(i|you|he|she|it|we|they|there|that|who)'d\b"), r"\1 would"),
]


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
    for contraction, words in CONTRACTIONS:
        text = contraction.sub(words, text)
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
