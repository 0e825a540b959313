"""Emotions: tables are distributions, draws follow them, and every corpus has all nine."""

from collections import Counter

import numpy as np
import pytest
from numpy.random import default_rng

from stages.common.emotions import ARTEMIS
from stages.demo import emotions
from stages.demo.artworks import Artwork, annotate
from stages.demo.descriptions import MOTIFS, PALETTES, Description


def test_tables_are_distributions() -> None:
    assert emotions.base().sum() == pytest.approx(1)
    for motif in MOTIFS:
        for palette in PALETTES:
            assert emotions.tilt(motif, palette).sum() == pytest.approx(1)
            assert emotions.of_picture(motif, palette, "awe").sum() == pytest.approx(1)


def test_the_lean_averages_to_the_base() -> None:
    mean = sum(
        p * emotions.of_picture("boat", "grey", lean) for p, lean in zip(emotions.base(), ARTEMIS.names, strict=True)
    )
    assert mean == pytest.approx(emotions.of_kind("boat", "grey"))


def test_the_lean_is_added_once() -> None:
    # The cached table must not be modified.
    first = emotions.of_picture("cat", "rose", "anger")
    assert emotions.of_picture("cat", "rose", "anger") == pytest.approx(first)
    tilted = (1 - emotions.LEAN) * emotions.tilt("cat", "rose")[ARTEMIS.ids["anger"]]
    assert first[ARTEMIS.ids["anger"]] == pytest.approx(tilted + emotions.LEAN)


@pytest.mark.parametrize(
    ("motif", "palette", "expected"),
    [
        ("boat", "gold", "contentment"),
        ("weeping woman", "grey", "sadness"),
        ("shouting man", "crimson", "anger"),
        ("skull", "green", "disgust"),
        ("waterfall", "white", "awe"),
        ("path", "night", "fear"),
        ("clown", "rose", "amusement"),
        ("horse", "blue", "excitement"),
        ("bands", "violet", "something else"),
    ],
)
def test_each_emotion_is_the_likeliest_of_some_picture(motif: str, palette: str, expected: str) -> None:
    assert ARTEMIS.names[emotions.of_kind(motif, palette).argmax()] == expected


def test_annotators_follow_p_emotion() -> None:
    kind = Description("candle", "violet", "lamp", "Baroque")
    annotations = annotate(kind, "fear", 4000, default_rng(1))
    counts = Counter(annotation.emotion for annotation in annotations)
    shares = np.array([counts[emotion] / 4000 for emotion in ARTEMIS])
    # four standard errors of a share of 0.3
    assert shares == pytest.approx(emotions.of_picture("candle", "violet", "fear"), abs=0.03)


def test_all_nine_emotions_with_their_skew(artworks: list[Artwork]) -> None:
    counts = Counter(annotation.emotion for artwork in artworks for annotation in artwork.annotations)
    assert set(counts) == set(ARTEMIS.names)
    assert min(counts.values()) >= 30
    assert [emotion for emotion, _ in counts.most_common(2)] == ["contentment", "awe"]
    assert counts.most_common()[-1][0] in ("anger", "disgust")
    total = sum(counts.values())
    assert [counts[emotion] / total for emotion in ARTEMIS] == pytest.approx(emotions.overall(), abs=0.03)
