"""The artworks of a corpus: content, title, and the annotations of several annotators."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from stages.common.emotions import ARTEMIS
from stages.demo import emotions, utterances
from stages.demo.descriptions import Description, draw
from stages.demo.picture_phrases import MOTIF_COLOURS, PALETTE_COLOURS

FEW = (5, 9)  # annotations of most artworks, both included
MANY = (41, 45)  # of the high-coverage ones
HIGH_COVERAGE = 0.01
# Share of titles marked as a second copy, as in WikiArt.
COPY = 0.02
# Share of the words of four letters and more with a typing error: 1.5 % of all words.
TYPOS = 0.029
CAPITALS = 0.75
LOST_COMMAS = 0.15
ENDS = (("", 0.2), ("!", 0.08), ("..", 0.02), (".", 0.7))
# Purposes of the random streams.
CONTENT, PAINT, ANNOTATIONS, ORDER = range(4)

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


@dataclass(frozen=True)
class Annotation:
    """One annotator's emotion and utterance, and p(emotion | text) before typing errors (9,)."""

    emotion: str
    utterance: str
    p_emotion_given_words: np.ndarray


@dataclass(frozen=True)
class Artwork:
    """One picture and its annotations; `number` counts from 0 within the corpus."""

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
    """All artworks of a corpus with their annotations; paints none of them."""
    order = stream(seed, 0, ORDER)
    high_coverage = set(order.permutation(pictures)[: max(1, round(pictures * HIGH_COVERAGE))].tolist())
    taken: set[str] = set()
    artworks = []
    for number in range(pictures):
        artworks.append(_artwork(number, seed, MANY if number in high_coverage else FEW, taken))
        taken.add(artworks[-1].painting)
    return artworks


def _artwork(number: int, seed: int, repetition: tuple[int, int], taken: set[str]) -> Artwork:
    rng = stream(seed, number, CONTENT)
    description = draw(rng)
    lean = emotions.draw_lean(rng)
    painting = distinct(title(description, rng), taken)
    count = int(rng.integers(repetition[0], repetition[1] + 1))
    annotations = annotate(description, lean, count, stream(seed, number, ANNOTATIONS))
    return Artwork(number, painting, description, lean, annotations)


def title(description: Description, rng: Generator) -> str:
    """A title; two pictures may get the same one (see `distinct`)."""
    words = {
        "motif": description.motif.replace(" ", "-"),
        "colour": MOTIF_COLOURS[description.palette],
        "tint": PALETTE_COLOURS[description.palette][0],
        "detail": description.detail,
    }
    artist = ARTISTS[rng.integers(len(ARTISTS))]
    year = "" if rng.random() < 0.15 else f"-{rng.integers(1848, 1979)}"
    copy = "(1)" if rng.random() < COPY else ""
    return f"{artist}_{TITLES[rng.integers(len(TITLES))].format(**words)}{year}{copy}"


def distinct(name: str, taken: set[str]) -> str:
    """`name`, or the first of `name-no-2`, `name-no-3`, ... that is not taken."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-no-{number}"
    return free


def annotate(description: Description, lean: str, count: int, rng: Generator) -> tuple[Annotation, ...]:
    """The annotations of `count` annotators of one picture; held-out descriptions are allowed."""
    p = emotions.of_picture(description.motif, description.palette, lean)
    annotations = []
    for _ in range(count):
        emotion = ARTEMIS.names[rng.choice(len(ARTEMIS), p=p)]
        utterance = utterances.generate(description, emotion, rng)
        typed = type_out(utterance.text, rng)
        annotations.append(Annotation(emotion, typed, utterances.p_emotion_given(utterance)))
    return tuple(annotations)


def type_out(text: str, rng: Generator) -> str:
    """The text as an annotator might type it: typing errors, lost commas, capitals, an end mark."""
    text = re.sub(r"[a-z']{4,}", lambda match: _mistype(match[0], rng), text)
    if rng.random() < LOST_COMMAS:
        text = text.replace(",", "")
    if rng.random() < CAPITALS:
        text = re.sub(r"(^|[.!] )([a-z])", lambda match: match[1] + match[2].upper(), text)
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
    """Rarely swap, drop, double or replace a letter inside the word, or lose its apostrophe."""
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
