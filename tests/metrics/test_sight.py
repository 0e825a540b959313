"""Captions shuffled among pictures: which permutations are drawn, and what they say."""

import numpy as np
import pytest

from stages.metrics.interface import Context
from stages.metrics.overlap import ROUGE_L
from stages.metrics.pairing import Sample, leaving_one_out
from stages.metrics.permutation import orders, sight
from tests.metrics.test_judge import sample

WORDS = "sea sky man tree moon calm dark sad".split()  # noqa: SIM905
LOOKING = sample([f"the {word}" for word in WORDS], [[f"the {word}", f"the {word}"] for word in WORDS])


def shuffled(of: Sample, groups: list[int], shuffles: int) -> dict[str, float]:
    score = ROUGE_L.prepare(Context(of.references))
    return sight(ROUGE_L.values, score, of, leaving_one_out, groups, shuffles, seed=3)["rouge_l"]


def test_orders_keep_every_pictures_group() -> None:
    groups = [1, 0, 1, 0, 1, 2]
    drawn = list(orders(groups, shuffles=30, seed=1))
    assert all(sorted(order) == list(range(6)) for order in drawn)
    assert all([groups[place] for place in order] == groups for order in drawn)
    assert len({tuple(order) for order in drawn}) > 5


def test_a_looking_speaker_beats_every_shuffle() -> None:
    found = shuffled(LOOKING, [0] * 8, shuffles=19)
    # A foreign caption shares one word of two.
    orders_drawn = orders([0] * 8, 19, seed=3)
    at_home = np.mean([np.mean(order == np.arange(8)) for order in orders_drawn])
    assert found["right"] == pytest.approx(1.0)
    assert found["shuffled"] == pytest.approx(at_home + (1 - at_home) / 2)
    assert found["margin"] == pytest.approx(found["right"] - found["shuffled"])
    assert found["p"] == 1 / 20


def test_a_blind_speaker_is_no_better_than_chance() -> None:
    blind = sample(["the sea"] * 8, LOOKING.references)
    found = shuffled(blind, [0] * 8, shuffles=19)
    assert found["margin"] == pytest.approx(0, abs=1e-12)
    assert found["p"] == 1.0


def test_what_cannot_move_shows_no_sight() -> None:
    assert shuffled(LOOKING, list(range(8)), shuffles=9)["p"] == 1.0
