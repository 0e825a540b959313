"""Putting an adjective before one noun of a neutral caption."""

import zlib

import numpy as np

from stages.anp_captions.pairs import Adjectives
from stages.anp_captions.taggers import Tagged


def inject(caption: Tagged, adjectives: Adjectives, rule: str, rng: np.random.Generator) -> list[str] | None:
    """The caption's words with an adjective before one of its nouns, chosen at random.

    Args:
        adjectives: those of the wanted polarity, by noun.
        rule: `random` takes any adjective of the noun, `most_frequent` the commonest
            (of equally common ones the last in the alphabet, as ArtEmis).

    Returns:
        None if the caption has no noun with such an adjective; the words unchanged if
        the adjective already stands there.
    """
    words = [word for word, _ in caption]
    places = [place for place, (word, tag) in enumerate(caption) if tag.startswith("NN") and word in adjectives]
    if not places:
        return None
    place = int(rng.choice(places))
    adjective = choose(adjectives[words[place]], rule, rng)
    before = words[:place]
    if before and before[-1] == adjective:
        return words
    if before and before[-1] in ("a", "an"):
        before[-1] = article(adjective)
    return [*before, adjective, *words[place:]]


def choose(counts: dict[str, int], rule: str, rng: np.random.Generator) -> str:
    """One of a noun's adjectives."""
    if rule == "most_frequent":
        return max(counts, key=lambda adjective: (counts[adjective], adjective))
    return str(rng.choice(sorted(counts)))


def article(word: str) -> str:
    """`a` or `an`, by the first letter: right for nearly every adjective."""
    return "an" if word[:1] in "aeiou" else "a"


def generator(seed: int, art_style: str, painting: str) -> np.random.Generator:
    """Random numbers of one artwork: its caption does not depend on which others there are."""
    return np.random.default_rng((seed, zlib.crc32(f"{art_style}/{painting}".encode())))
