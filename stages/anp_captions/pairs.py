"""Adjective-noun pairs by polarity, mined from utterances or listed in a file, and their insertion into captions."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from nltk.tag.perceptron import PerceptronTagger
from textblob.en import sentiment
from textblob.en import tag as pattern_tag

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError, advising
from stages.common.table_reader import read
from stages.common.table_rows import Column, Row
from stages.common.text_files import text_lines
from stages.common.token_lists import joined

# Words with their Penn Treebank tags.
Tagged = list[tuple[str, str]]
Tagger = Callable[[Sequence[str]], Tagged]
# (adjective, noun) -> occurrences.
Pairs = Counter[tuple[str, str]]
# Noun -> adjective -> occurrences of the pair.
Adjectives = dict[str, dict[str, int]]

# A sentiment in [-1, 1] nearer to zero than this is neutral.
NEUTRAL = 0.05
# A line of a SentiCap file that gives the polarity of the pairs after it.
HEADER = re.compile(r"\s*(positive|negative) anps", re.IGNORECASE)
NEUTRAL_COLUMNS = [*(Column(name) for name in ARTWORK), Column("caption", ("neutral",))]


def tagger(name: str) -> Tagger:
    """A part-of-speech tagger.

    Args:
        name: `pattern` (TextBlob's, whose lexicon is part of the package) or `nltk`
            (the averaged perceptron, as ArtEmis; it needs its data).

    Raises:
        UserError: NLTK's data is missing.
    """
    if name == "pattern":
        return lambda tokens: pattern_tag(" ".join(tokens), tokenize=False) if len(tokens) else []
    try:
        perceptron = PerceptronTagger()
    except LookupError:
        raise UserError(
            "params.yaml: anp_captions.tagger is nltk, but its data is not on this machine; fetch it with "
            "`python -m nltk.downloader averaged_perceptron_tagger_eng`, set NLTK_DATA to its folder, "
            "or set tagger to pattern, which needs none"
        ) from None
    return lambda tokens: perceptron.tag(list(tokens))


def pairs(tagged: Tagged) -> list[tuple[str, str]]:
    """Every (adjective, noun) of adjacent words."""
    return [
        (word, following)
        for (word, tag), (following, next_tag) in pairwise(tagged)
        if tag.startswith("JJ") and next_tag.startswith("NN")
    ]


def mine(utterances: Iterable[Sequence[str]], tag: Tagger) -> Pairs:
    """The pairs of tokenized utterances."""
    counts: Pairs = Counter()
    for tokens in utterances:
        counts.update(pairs(tag(tokens)))
    return counts


def by_polarity(counts: Pairs) -> dict[str, Adjectives]:
    """The positive and the negative pairs; neutral ones are left out."""
    adjectives: dict[str, Adjectives] = {"positive": {}, "negative": {}}
    for (adjective, noun), count in sorted(counts.items()):
        polarity = pair_polarity(adjective, noun)
        if polarity:
            adjectives[polarity].setdefault(noun, {})[adjective] = count
    return adjectives


def pair_polarity(adjective: str, noun: str) -> str | None:
    """`positive` or `negative`, by the sentiment of the pair; None for a neutral or unknown one."""
    value, _ = sentiment(f"{adjective} {noun}")
    if abs(value) < NEUTRAL:
        return None
    return "positive" if value > 0 else "negative"


def listed(path: Path, counts: Pairs) -> dict[str, Adjectives]:
    """The pairs of a file in SentiCap's format, with their occurrences in the utterances.

    The format: a header, one positive pair per line, the line `Negative ANPs:`, one negative pair per line.

    Raises:
        UserError: the file cannot be read, a line is no pair, or negative pairs are missing.
    """
    adjectives: dict[str, Adjectives] = {"positive": {}, "negative": {}}
    polarity = "positive"
    for number, line in _pair_lines(path):
        words = line.lower().split()
        if title := HEADER.match(line):
            polarity = title[1].lower()
        elif len(words) == 2:
            adjective, noun = words
            adjectives[polarity].setdefault(noun, {})[adjective] = counts[adjective, noun]
        elif words:
            raise UserError(
                f"{path}, line {number}: {line.strip()!r} is no adjective-noun pair, such as `lonely boat`; "
                f"correct or remove the line"
            )
    for polarity in ("negative", "positive"):
        if not adjectives[polarity]:
            header = f"{polarity.capitalize()} ANPs:"
            raise UserError(f"{path}: no {polarity} pairs; list them after a line `{header}`")
    return adjectives


def _pair_lines(path: Path) -> list[tuple[int, str]]:
    """Number and text of the lines with text; without the first if that is a title, which no pair of words is."""
    with advising("anp_captions.pairs is a text file of pairs, or mined"):
        lines = [(number, line) for number, line in text_lines(path) if line.strip()]
    title = lines and not HEADER.match(lines[0][1]) and len(lines[0][1].split()) != 2
    return lines[1:] if title else lines


def load_neutral(path: Path) -> pd.DataFrame:
    """The first caption of each artwork of a table: art_style, painting, caption; without artworks that have none.

    An empty text in Parquet or JSON is a caption, which a speaker said of the artwork; in CSV it is none.

    Raises:
        UserError: the file is no table, lacks a column, or has a row without artwork or with a caption that is no text.
    """
    with advising("anp_captions.base is a table of neutral captions: art_style, painting and caption (or neutral)"):
        rows = joined(read(path, NEUTRAL_COLUMNS), "caption")
        captions = [(row.text("art_style"), row.text("painting"), _caption(row)) for row in rows]
    frame = pd.DataFrame(captions, columns=[*ARTWORK, "caption"])
    return frame[frame["caption"].notna()].drop_duplicates(ARTWORK).reset_index(drop=True)


def _caption(row: Row) -> str | None:
    value = row.values.get("caption")
    return value if value == "" else row.optional_text("caption")


def inject(caption: Tagged, adjectives: Adjectives, rng: np.random.Generator) -> list[str] | None:
    """The caption's words with an adjective before one of its nouns, both chosen at random.

    Args:
        adjectives: those of the picture's polarity, by noun.

    Returns:
        None if the caption has no noun with such an adjective; its words unchanged if the adjective is already there.
    """
    words = [word for word, _ in caption]
    places = [place for place, (word, tag) in enumerate(caption) if tag.startswith("NN") and word in adjectives]
    if not places:
        return None
    place = int(rng.choice(places))
    adjective = str(rng.choice(sorted(adjectives[words[place]])))
    before = words[:place]
    if before and before[-1] == adjective:
        return words
    if before and before[-1] in ("a", "an"):
        before[-1] = article(adjective)
    return [*before, adjective, *words[place:]]


def article(word: str) -> str:
    """`a` or `an`, by the first letter: right for nearly every adjective."""
    return "an" if word[:1] in "aeiou" else "a"


def generator(seed: int, art_style: str, painting: str) -> np.random.Generator:
    """Random numbers of one artwork; they do not depend on the other artworks."""
    return np.random.default_rng((seed, zlib.crc32(f"{art_style}/{painting}".encode())))
