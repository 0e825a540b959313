"""The design of a study: balanced, blind, and the same for the same seed."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from formats.human_study.design import CHECK, Design, design
from stages.common.errors import UserError

SYSTEMS = ("machine", "human", "neighbours", "files")


def captions(systems: int, artworks: int) -> dict[str, dict[tuple[str, str], str]]:
    return {
        name: {("style", f"p{number}"): f"{name} says {number}" for number in range(artworks)}
        for name in SYSTEMS[:systems]
    }


def judged(found: Design, rater: int) -> list[int]:
    return [item for item, _ in found.plans[rater] if found.items[item].check is None]


@settings(max_examples=60, deadline=None)
@given(some.integers(2, 4), some.integers(2, 30), some.data())
def test_balance(systems: int, artworks: int, data: some.DataObject) -> None:
    opponents = systems * (systems - 1) // 2
    pairs = data.draw(some.integers(1, artworks * opponents))
    raters = data.draw(some.integers(1, 7))
    each = data.draw(some.integers(-(-pairs // raters), pairs))
    seed = data.draw(some.integers(0, 99))
    found = design(captions(systems, artworks), pairs=pairs, raters=raters, each=each, seed=seed)
    real = [pair for pair in found.items if pair.check is None]
    assert len({(pair.artwork, frozenset(pair.texts)) for pair in real}) == pairs
    # As many pictures as possible.
    assert len({pair.artwork for pair in real}) == min(pairs, artworks)
    compared = Counter(frozenset(pair.systems or ()) for pair in real)
    # In each round over the pictures the pairs of systems differ by one at most.
    rounds = -(-pairs // artworks)
    assert max(compared.values()) - min(compared.get(pair, 0) for pair in compared) <= rounds
    times = Counter(item for rater in range(raters) for item in judged(found, rater))
    assert all(len(set(judged(found, rater))) == each for rater in range(raters))
    assert sum(times.values()) == raters * each
    assert max(times.values()) - min(times.get(item, 0) for item in times) <= 1
    first = Counter(
        item for plan in found.plans for item, swapped in plan if swapped and found.items[item].check is None
    )
    assert all(abs(2 * first[item] - number) <= 1 for item, number in times.items())


def test_raters_who_judge_everything_see_half_of_it_swapped_in_other_orders() -> None:
    found = design(captions(2, 40), pairs=40, raters=4, each=None, seed=1)
    for rater, plan in enumerate(found.plans):
        assert sum(swapped for item, swapped in plan if found.items[item].check is None) == 20
        assert sorted(judged(found, rater)) == sorted(judged(found, 0))
    assert len({tuple(judged(found, rater)) for rater in range(4)}) == 4


def test_the_place_of_a_text_tells_nothing_of_its_system() -> None:
    found = design(captions(2, 400), pairs=400, raters=1, each=None, seed=1)
    first = sum(pair.systems is not None and pair.systems[0] == 0 for pair in found.items)
    assert 160 < first < 240


def test_checks_are_spread_over_a_plan_and_never_come_first() -> None:
    found = design(captions(2, 100), pairs=100, raters=8, each=None, seed=3)
    for plan in found.plans:
        places = [place for place, (item, _) in enumerate(plan) if found.items[item].check is not None]
        assert len(places) == 5
        assert places[0] > 0
        assert [place * 5 // len(plan) for place in places] == pytest.approx([0, 1, 2, 3, 4], abs=1)
    checks = [pair for pair in found.items if pair.check is not None]
    assert all(pair.texts[pair.check or 0] == CHECK and pair.systems is None for pair in checks)
    assert {pair.check for pair in checks} == {0, 1}


def test_equal_captions_are_skipped_and_counted() -> None:
    given = captions(2, 10)
    given["human"][("style", "p3")] = given["machine"][("style", "p3")]
    found = design(given, pairs=9, raters=1, each=None, seed=1)
    assert ("style", "p3") not in {pair.artwork for pair in found.items if pair.check is None}
    # The tenth picture need not have been drawn.
    assert found.identical in (0, 1)
    with pytest.raises(UserError, match=r"--pairs 10: there are 9 pairs .* 1 more"):
        design(given, pairs=10, raters=1, each=None, seed=1)


def test_the_seed_decides() -> None:
    same = [design(captions(3, 20), pairs=30, raters=3, each=10, seed=seed) for seed in (1, 1, 2)]
    assert same[0] == same[1] != same[2]
