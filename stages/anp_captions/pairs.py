"""Adjective-noun pairs, such as `lonely boat`: mined from utterances, sorted by polarity.

The nouns that people call sad or lovely in front of a picture, and by which words, are
what turns a neutral caption into an affective one (SentiCap, Mathews et al. 2016).
Tags and sentiment come from TextBlob's pattern tagger and lexicon, which are part of
the package: no data is downloaded.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from textblob.en import sentiment
from textblob.en import tag as pattern_tag

# A sentiment in [-1, 1] nearer to zero than this is neutral.
NEUTRAL = 0.05

Tagged = list[tuple[str, str]]
# Noun -> adjective -> how often the corpus joins them.
Adjectives = dict[str, dict[str, int]]


def tag(tokens: Sequence[str]) -> Tagged:
    """The tokens with their parts of speech (Penn Treebank tags)."""
    return pattern_tag(" ".join(tokens), tokenize=False) if len(tokens) else []


def pairs(tagged: Tagged) -> list[tuple[str, str]]:
    """Every (adjective, noun) of neighbouring words."""
    return [
        (word, following)
        for (word, tag), (following, next_tag) in pairwise(tagged)
        if tag.startswith("JJ") and next_tag.startswith("NN")
    ]


def mine(utterances: Iterable[Sequence[str]]) -> Counter[tuple[str, str]]:
    """How often each pair occurs in tokenized utterances."""
    counts: Counter[tuple[str, str]] = Counter()
    for tokens in utterances:
        counts.update(pairs(tag(tokens)))
    return counts


def pair_polarity(adjective: str, noun: str) -> str | None:
    """`positive` or `negative`, by the sentiment of the pair; None for a neutral or unknown one."""
    value, _ = sentiment(f"{adjective} {noun}")
    if abs(value) < NEUTRAL:
        return None
    return "positive" if value > 0 else "negative"


def by_polarity(counts: Counter[tuple[str, str]]) -> dict[str, Adjectives]:
    """The pairs of each polarity; neutral ones are left out."""
    found: dict[str, Adjectives] = {"positive": {}, "negative": {}}
    for (adjective, noun), count in sorted(counts.items()):
        polarity = pair_polarity(adjective, noun)
        if polarity:
            found[polarity].setdefault(noun, {})[adjective] = count
    return found
