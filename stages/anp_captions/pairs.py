"""Adjective-noun pairs, mined from utterances with a tagger or listed in a file, by polarity."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from nltk.tag.perceptron import PerceptronTagger
from textblob.en import sentiment
from textblob.en import tag as pattern_tag

from stages.common.errors import UserError

Tagged = list[tuple[str, str]]
Tagger = Callable[[Sequence[str]], Tagged]


def tagger(name: str) -> Tagger:
    """From tokens to tokens with Penn Treebank tags.

    Args:
        name: `pattern` (TextBlob's, whose lexicon is part of the package) or `nltk`
            (the averaged perceptron, as ArtEmis; it needs its data).

    Raises:
        UserError: NLTK's data is not there.
    """
    if name == "pattern":
        return lambda tokens: pattern_tag(" ".join(tokens), tokenize=False) if len(tokens) else []
    try:
        perceptron = PerceptronTagger()
    except LookupError:
        raise UserError(
            "params.yaml: anp_captions.tagger is nltk, but its data is not on this machine; "
            "`python -m nltk.downloader averaged_perceptron_tagger_eng` fetches it, NLTK_DATA says where it lies, "
            "and tagger: pattern needs none"
        ) from None
    return lambda tokens: perceptron.tag(list(tokens))


# A sentiment in [-1, 1] nearer to zero than this is neutral.
NEUTRAL = 0.05
# The line of a SentiCap file after which the pairs are negative.
NEGATIVE_FOLLOW = "negative anps"

Pairs = Counter[tuple[str, str]]
# Noun -> adjective -> how often the corpus joins them.
Adjectives = dict[str, dict[str, int]]


def pairs(tagged: Tagged) -> list[tuple[str, str]]:
    """Every (adjective, noun) of neighbouring words."""
    return [
        (word, following)
        for (word, tag), (following, next_tag) in pairwise(tagged)
        if tag.startswith("JJ") and next_tag.startswith("NN")
    ]


def mine(utterances: Iterable[Sequence[str]], tag: Tagger) -> Pairs:
    """How often each pair occurs in tokenized utterances."""
    counts: Pairs = Counter()
    for tokens in utterances:
        counts.update(pairs(tag(tokens)))
    return counts


def pair_polarity(adjective: str, noun: str) -> str | None:
    """`positive` or `negative`, by the sentiment of the pair; None for a neutral or unknown one."""
    value, _ = sentiment(f"{adjective} {noun}")
    if abs(value) < NEUTRAL:
        return None
    return "positive" if value > 0 else "negative"


def by_polarity(counts: Pairs) -> dict[str, Adjectives]:
    """The mined pairs of each polarity; neutral ones are left out."""
    found: dict[str, Adjectives] = {"positive": {}, "negative": {}}
    for (adjective, noun), count in sorted(counts.items()):
        polarity = pair_polarity(adjective, noun)
        if polarity:
            found[polarity].setdefault(noun, {})[adjective] = count
    return found


def listed(path: Path, counts: Pairs) -> dict[str, Adjectives]:
    """The pairs of a file in SentiCap's format, with their counts in the utterances.

    That is a header, a positive pair a line, the line `Negative ANPs:`, a negative pair a line.

    Raises:
        UserError: the file cannot be read, or a line holds no pair.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not readable as text ({error}); anp_captions.pairs is a file or mined") from None
    found: dict[str, Adjectives] = {"positive": {}, "negative": {}}
    polarity = "positive"
    for number, line in enumerate(lines[1:], start=2):
        words = line.lower().split()
        if line.lower().strip().startswith(NEGATIVE_FOLLOW):
            polarity = "negative"
        elif len(words) == 2:
            adjective, noun = words
            found[polarity].setdefault(noun, {})[adjective] = counts[adjective, noun]
        elif words:
            raise UserError(f"{path}, line {number}: {line.strip()!r} is no pair such as `lonely boat`")
    if not found["negative"]:
        raise UserError(f"{path}: no negative pairs; they follow a line `Negative ANPs:`")
    return found
