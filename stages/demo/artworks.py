"""Artworks with known contents, and what annotators say of them; no pixel is needed for it.

Every artwork draws from streams of its own, keyed by (seed, number, purpose), so
that pictures can be painted in any order, and words be had without painting.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from stages.common.emotions import EMOTIONS
from stages.demo import emotions, titles, typing_errors, words
from stages.demo.descriptions import Description, draw

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
    painting = titles.distinct(titles.title(description, rng), taken)
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
        typed = typing_errors.type_out(utterance.words, rng)
        found.append(Annotation(emotion, typed, words.p_emotion_given(utterance)))
    return tuple(found)
