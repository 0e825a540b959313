"""Artworks with known contents: titles, annotators and what they write."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from stages.common.emotions import EMOTIONS
from stages.demo import emotions, words
from stages.demo.descriptions import Description, draw
from stages.demo.sights import NAMED, TINTS

ARTISTS = (
    "ada-brinkmann",
    "anselm-quiroga",
    "béla-orsolány",
    "casimir-thorne",
    "dorothea-vint",
    "edvarda-lund",
    "félix-darbonne",
    "greta-van-oosten",
    "hanako-mizuhara",
    "ignatius-pell",
    "jolán-keresztes",
    "kaspar-weidenfeld",
    "lucia-fontamara",
    "matthias-röhl",
    "nadezhda-volkonina",
    "orlando-mirabeau",
    "petra-šimková",
    "quentin-ashdown",
    "rosalind-mcteague",
    "søren-halvorsen",
    "tomás-iriarte",
    "ulla-bergqvist",
    "vasco-pereira-dantas",
    "wilhelmina-stroud",
    "xenia-palamas",
    "yves-carrefour",
    "zofia-wrońska",
)
TITLES = (
    "{motif}-in-{colour}",
    "{tint}-{motif}",
    "the-{motif}",
    "{motif}-with-{detail}",
    "study-of-{motif}",
    "{motif}-near-saint-aubin",
    "composition-with-{motif}",
)
# A second copy of a name, as WikiArt has them.
COPY = 0.02


def title(description: Description, rng: Generator) -> str:
    """A name; two pictures may get the same one, so the corpus has to tell them apart."""
    words = {
        "motif": description.motif.replace(" ", "-"),
        "colour": NAMED[description.palette],
        "tint": TINTS[description.palette][0],
        "detail": description.detail,
    }
    artist = ARTISTS[rng.integers(len(ARTISTS))]
    year = "" if rng.random() < 0.15 else f"-{rng.integers(1848, 1979)}"
    copy = "(1)" if rng.random() < COPY else ""
    return f"{artist}_{TITLES[rng.integers(len(TITLES))].format(**words)}{year}{copy}"


def distinct(name: str, taken: set[str]) -> str:
    """`name`, or the first of `name-no-2`, `name-no-3`, ... that is not taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-no-{number}"
    return found


# Share of the words of four letters and more that are mistyped: 1.5 % of all words.
TYPOS = 0.029
CAPITALS = 0.75
LOST_COMMAS = 0.15
ENDS = (("", 0.2), ("!", 0.08), ("..", 0.02), (".", 0.7))


def type_out(words: str, rng: Generator) -> str:
    """The utterance as somebody might have typed it."""
    text = re.sub(r"[a-z']{4,}", lambda found: _mistype(found[0], rng), words)
    if rng.random() < LOST_COMMAS:
        text = text.replace(",", "")
    if rng.random() < CAPITALS:
        text = re.sub(r"(^|[.!] )([a-z])", lambda found: found[1] + found[2].upper(), text)
        text = re.sub(r"\bi(?=[ '])", "I", text)
    return text + _end(rng)


def _end(rng: Generator) -> str:
    left = rng.random()
    for end, share in ENDS:
        left -= share
        if left < 0:
            return end
    return "."


def _mistype(word: str, rng: Generator) -> str:
    """Swap, drop, double or replace a letter inside the word; or lose its apostrophe."""
    if rng.random() >= TYPOS:
        return word
    if "'" in word:
        return word.replace("'", "")
    kind, at = int(rng.integers(4)), int(rng.integers(1, len(word) - 1))
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + "abcdefghijklmnopqrstuvwxyz"[rng.integers(26)] + word[at + 1 :]


FEW = (5, 9)  # annotations of most artworks, both included
MANY = (41, 45)  # of the high-coverage ones
HIGH_COVERAGE = 0.01

# Purposes of the random streams.
CONTENT, PAINT, ANNOTATIONS, ORDER = range(4)


@dataclass(frozen=True)
class Annotation:
    """One annotator's emotion and words, and p(emotion | words) before they were typed out (9,)."""

    emotion: str
    utterance: str
    p_emotion_given_words: np.ndarray


@dataclass(frozen=True)
class Artwork:
    """One picture and all that was said of it; `number` counts from 0 within the corpus."""

    number: int
    painting: str
    description: Description
    lean: str
    annotations: tuple[Annotation, ...]

    @property
    def p_emotion(self) -> np.ndarray:
        return emotions.of_picture(self.description.motif, self.description.palette, self.lean)

    @property
    def path(self) -> str:
        return f"{self.description.style}/{self.painting}.jpg"


def stream(seed: int, number: int, purpose: int) -> Generator:
    """The random stream of one picture for one purpose; the same on all machines."""
    return Generator(PCG64(SeedSequence((seed, number, purpose))))


def compose(pictures: int, seed: int) -> list[Artwork]:
    """All artworks of a corpus with their annotations, without painting any."""
    order = stream(seed, 0, ORDER)
    often = set(order.permutation(pictures)[: max(1, round(pictures * HIGH_COVERAGE))].tolist())
    taken: set[str] = set()
    artworks = []
    for number in range(pictures):
        artworks.append(_compose_one(number, seed, MANY if number in often else FEW, taken))
        taken.add(artworks[-1].painting)
    return artworks


def _compose_one(number: int, seed: int, repetition: tuple[int, int], taken: set[str]) -> Artwork:
    rng = stream(seed, number, CONTENT)
    description = draw(rng)
    lean = emotions.draw_lean(rng)
    painting = distinct(title(description, rng), taken)
    count = int(rng.integers(repetition[0], repetition[1] + 1))
    said = annotate(description, lean, count, stream(seed, number, ANNOTATIONS))
    return Artwork(number, painting, description, lean, said)


def annotate(description: Description, lean: str, count: int, rng: Generator) -> tuple[Annotation, ...]:
    """What `count` annotators feel and say before one picture; any description will do."""
    p = emotions.of_picture(description.motif, description.palette, lean)
    found = []
    for _ in range(count):
        emotion = EMOTIONS[rng.choice(len(EMOTIONS), p=p)]
        utterance = words.utter(description, emotion, rng)
        typed = type_out(utterance.words, rng)
        found.append(Annotation(emotion, typed, words.p_emotion_given(utterance)))
    return tuple(found)
