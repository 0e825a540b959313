"""Raters of known strength: made-up judgements, and the share of preference that is true of all of them."""

from typing import NamedTuple

import numpy as np

from commands.human_study.preferences import FIRST, SECOND, TIE, Comparisons
from formats.human_study.answers import Answer, Answers
from formats.human_study.design import Design
from formats.human_study.key import Key


class Population(NamedTuple):
    """The population that raters and pictures are drawn from.

    Attributes:
        strengths: logarithmic, of each system.
        ties: the parameter of ties in Davidson's model.
        raters, pictures: standard deviations of the strength of a system between raters, and between pictures.
    """

    strengths: tuple[float, ...]
    ties: float
    raters: float
    pictures: float


def chances(lean: np.ndarray, ties: float) -> np.ndarray:
    """Probabilities of first, both, second: Davidson's model, written out; (..., 3)."""
    first, second = np.exp(lean / 2), np.exp(-lean / 2)
    return np.stack([first, np.full_like(first, ties), second], axis=-1) / (first + second + ties)[..., None]


def true_share(population: Population) -> float:
    """The share of judgements that prefer the first of two systems, over all raters and pictures."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    # The difference of two systems varies twice as much as one.
    spread = np.sqrt(2 * (population.raters**2 + population.pictures**2))
    lean = population.strengths[0] - population.strengths[1] + spread * nodes
    first, both, _ = weights / weights.sum() @ chances(lean, population.ties)
    return float(first + both / 2)


def judged(population: Population, raters: int, pictures: int, each: int, rng: np.random.Generator) -> Comparisons:
    """A study: every rater judges `each` of the pictures, the pairs of systems in turn."""
    systems = len(population.strengths)
    opponents = np.array([(one, other) for one in range(systems) for other in range(one + 1, systems)])
    rater = np.repeat(np.arange(raters), each)
    picture = np.arange(raters * each) % pictures
    first, second = opponents[picture % len(opponents)].T
    by_rater = rng.normal(0, population.raters, (raters, systems))
    by_picture = rng.normal(0, population.pictures, (pictures, systems))
    strengths = np.array(population.strengths) + by_rater[rater] + by_picture[picture]
    rows = np.arange(len(rater))
    lean = strengths[rows, first] - strengths[rows, second]
    below = np.cumsum(chances(lean, population.ties), axis=1)
    outcome = (rng.random(len(rater))[:, None] > below[:, :2]).sum(1)
    assert {FIRST, TIE, SECOND} == {0, 1, 2}
    return Comparisons(first, second, outcome, rater, picture)


def answers(design: Design, key: Key, rater: int, favourite: int, rng: np.random.Generator) -> Answers:
    """The answers of a rater who prefers system `favourite` in two of three pairs with it, and passes the checks."""
    said = []
    for item, swapped in design.plans[rater - 1]:
        pair = design.items[item]
        if pair.systems is None:
            preferred = pair.check
        elif favourite in pair.systems and rng.random() < 2 / 3:
            preferred = pair.systems.index(favourite)
        else:
            preferred = [0, 1, None][rng.integers(3)]
        if pair.systems is None:
            reasonable = (pair.check == 0, pair.check == 1)
        else:
            reasonable = (bool(rng.random() < 0.8), bool(rng.random() < 0.8))
        said.append(Answer(item=item, preferred=preferred, reasonable=reasonable, first=int(swapped), seconds=12.5))
    return Answers(
        format="artemis study answers 1",
        study=key.study,
        rater=rater,
        session=f"session-{rater}",
        saved="2026-11-27T10:00:00.000Z",
        answers=tuple(said),
    )
