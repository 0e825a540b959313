"""Errors of judges: accuracy, its interval, and the corrected alignment."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.emotions import Emotions
from stages.metrics.bootstrap import interval
from stages.metrics.emotion import MAJORITY_ID, EmotionJudge, judged_columns
from stages.metrics.interface import NONE, Columns
from stages.metrics.judge_errors import corrected, corrections, reliability

LABELS = Emotions({"awe": "positive", "fear": "negative", "sadness": "negative"})


def columns_of(said: np.ndarray, majority: np.ndarray) -> Columns:
    """One caption for each picture: the emotion that the judge says, and the picture's majority."""
    names = judged_columns("alignment", LABELS.names)
    return {**dict(zip(names, np.eye(3)[said].T, strict=True)), MAJORITY_ID: majority.astype(float)}


def counts_of(emotions: np.ndarray, said: np.ndarray) -> dict[str, list[int]]:
    pairs = np.bincount(emotions * 3 + said, minlength=9).reshape(3, 3)
    return dict(zip(LABELS, pairs.tolist(), strict=True))


def judged(emotions: np.ndarray, confusion: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What a judge with this confusion says of utterances with these emotions."""
    return (random.random(len(emotions))[:, None] > confusion[emotions].cumsum(1)).sum(1)


def test_accuracy_and_its_interval_over_artworks() -> None:
    says = {"a": 0, "b": 1, "c": 2}
    judge = EmotionJudge("alignment", lambda texts: np.eye(3)[[says[text[0]] for text in texts]], LABELS)
    rows = pd.DataFrame(
        {
            "art_style": "Cubism",
            "painting": ["p", "p", "q", "q"] * 25,
            "utterance_spelled": ["a", "a", "b", "c"] * 25,
            "emotion_label": [0, 0, 0, 0] * 25,
        }
    )
    figures = reliability([judge], rows, 500, seed=1)["alignment"]
    assert figures["accuracy"] == 0.5
    assert figures["confusion"] == {"awe": [50, 25, 25], "fear": [0, 0, 0], "sadness": [0, 0, 0]}
    # Of two artworks, of which one is always right, a resample has both, or one of them alone.
    assert (figures["low"], figures["high"]) == (0, 1)
    alone = reliability([judge], rows.assign(painting=[f"p{row}" for row in range(100)]), 500, seed=1)["alignment"]
    assert 0.38 < alone["low"] < 0.44 < 0.56 < alone["high"] < 0.62
    assert reliability([], rows, 500, seed=1) == {}


def test_two_classes_as_rogan_and_gladen() -> None:
    # Sensitivity 0.8, specificity 0.9; nothing is said of a third class.
    confusion = {"awe": [80_000, 20_000, 0], "fear": [10_000, 90_000, 0], "sadness": [0, 0, 0]}
    said = np.repeat([0, 1], [60, 40])
    value, drawn = corrected(columns_of(said, np.zeros(100, int)), "alignment", confusion, 200, seed=1)
    assert value == pytest.approx((0.6 - 0.1) / (0.8 - 0.1), abs=1e-4)
    assert drawn.mean() == pytest.approx(value, abs=0.02)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_a_judge_that_never_errs_needs_no_correction(seed: int) -> None:
    random = np.random.default_rng(seed)
    said, majority = random.integers(0, 3, 50), random.integers(NONE, 3, 50)
    confusion = {name: (10**9 * np.eye(3, dtype=int)[row]).tolist() for row, name in enumerate(LABELS)}
    value, _ = corrected(columns_of(said, majority), "alignment", confusion, 10, seed=1)
    chosen = majority != NONE
    assert value == pytest.approx((said == majority)[chosen].mean(), abs=1e-6)


def test_the_interval_covers_the_share_that_people_would_find() -> None:
    confusion = np.array([[0.8, 0.1, 0.1], [0.05, 0.6, 0.35], [0.1, 0.2, 0.7]])
    random, hit, raw = np.random.default_rng(2), 0, 0
    for _ in range(100):
        utterances, majority = random.integers(0, 3, 300), random.integers(0, 3, 200)
        emotions = np.where(random.random(200) < 0.5, majority, random.integers(0, 3, 200))
        said = judged(emotions, confusion, random)
        counts = counts_of(utterances, judged(utterances, confusion, random))
        _, drawn = corrected(columns_of(said, majority), "alignment", counts, 300, seed=2)
        low, high = interval(drawn)
        # The share in the population of such captions: half, and a third of the rest.
        hit += low <= 2 / 3 <= high
        raw += (said == majority).mean() > 0.6
    # Of 600 such studies, 93 % were covered.
    assert hit >= 88
    # Uncorrected, nearly every sample is far below.
    assert raw < 10


@pytest.mark.parametrize("fear", [[200, 0, 0], [99, 1, 0], [0, 0, 0]])
def test_a_judge_that_tells_two_emotions_hardly_apart_gives_no_correction(fear: list[int]) -> None:
    confusion = {"awe": [100, 0, 0], "fear": fear, "sadness": [1, 0, 99]}
    said, majority = np.repeat([0, 1, 2], 20), np.repeat([0, 1, 2], 20)
    value, drawn = corrected(columns_of(said, majority), "alignment", confusion, 50, seed=1)
    # Nothing is known of an emotion that no utterance has, which is another matter.
    assert np.isnan(value) == np.isnan(drawn).all() == any(fear)
    reliable = {"alignment": {"confusion": confusion}}
    assert bool(corrections(columns_of(said, majority), reliable, 50, seed=1)) == (not any(fear))


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=3, max_size=3))
def test_any_counts_give_a_number_or_none(counts: list[list[int]]) -> None:
    confusion = dict(zip(LABELS, counts, strict=True))
    columns = columns_of(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 0]))
    value, drawn = corrected(columns, "alignment", confusion, 30, seed=1)
    assert np.isfinite(drawn).any() == np.isfinite(value)


def test_fewer_utterances_give_a_wider_interval_of_the_same_captions() -> None:
    said, majority = np.repeat([0, 1, 2, 0], 50), np.repeat([0, 1, 2, 1], 50)
    widths = []
    for count in (10, 1000):
        confusion = {name: (count * (1 + 5 * np.eye(3, dtype=int)[row])).tolist() for row, name in enumerate(LABELS)}
        low, high = interval(corrected(columns_of(said, majority), "alignment", confusion, 400, seed=1)[1])
        widths.append(high - low)
    assert widths[0] > widths[1] + 0.03


def test_values_are_held_between_zero_and_one_and_none_is_made_up() -> None:
    confusion = {"awe": [50, 50, 0], "fear": [0, 100, 0], "sadness": [0, 0, 100]}
    reliable = {"alignment": {"confusion": confusion}}
    found = corrections(columns_of(np.zeros(20, int), np.zeros(20, int)), reliable, 50, seed=1)
    assert found == {"alignment.corrected": {"value": 1, "low": 1, "high": 1}}
    value, _ = corrected(columns_of(np.zeros(20, int), np.zeros(20, int)), "alignment", confusion, 50, seed=1)
    assert value == pytest.approx(2, abs=0.05)
    without = columns_of(np.zeros(20, int), np.full(20, NONE))
    assert corrections(without, reliable, 50, seed=1) == {}
    assert math.isnan(corrected(without, "alignment", confusion, 50, seed=1)[0])
