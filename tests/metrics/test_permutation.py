"""Chance level: the permutations that are drawn, and the test against captions shuffled among pictures."""

import numpy as np
import pytest

from stages.metrics.interface import Context
from stages.metrics.overlap import ROUGE_L
from stages.metrics.pairing import Sample, leave_one_out
from stages.metrics.permutation import against_chance, shuffled_orders
from tests.metrics.test_evaluate import sample

WORDS = "sea sky man tree moon calm dark sad".split()  # noqa: SIM905
SPECIFIC = sample([f"the {word}" for word in WORDS], [[f"the {word}", f"the {word}"] for word in WORDS])


def shuffled(captions: Sample, groups: list[int], shuffles: int) -> dict[str, float]:
    score = ROUGE_L.prepare(Context(captions.references))
    return against_chance(ROUGE_L.values, score, captions, leave_one_out, groups, shuffles, seed=3)["rouge_l"]


def test_orders_keep_the_group_of_every_picture() -> None:
    groups = [1, 0, 1, 0, 1, 2]
    orders = list(shuffled_orders(groups, shuffles=30, seed=1))
    assert all(sorted(order) == list(range(6)) for order in orders)
    assert all([groups[row] for row in order] == groups for order in orders)
    assert len({tuple(order) for order in orders}) > 5


def test_captions_specific_to_their_picture_are_better_than_every_shuffle() -> None:
    test = shuffled(SPECIFIC, [0] * 8, shuffles=19)
    # The caption of another picture shares one word of two.
    orders = shuffled_orders([0] * 8, 19, seed=3)
    in_place = np.mean([np.mean(order == np.arange(8)) for order in orders])
    assert test["right"] == pytest.approx(1.0)
    assert test["shuffled"] == pytest.approx(in_place + (1 - in_place) / 2)
    assert test["margin"] == pytest.approx(test["right"] - test["shuffled"])
    assert test["p"] == 1 / 20


def test_equal_captions_are_no_better_than_chance() -> None:
    equal = sample(["the sea"] * 8, SPECIFIC.references)
    test = shuffled(equal, [0] * 8, shuffles=19)
    assert test["margin"] == pytest.approx(0, abs=1e-12)
    assert test["p"] == 1.0


def test_groups_of_one_picture_have_p_1() -> None:
    assert shuffled(SPECIFIC, list(range(8)), shuffles=9)["p"] == 1.0
