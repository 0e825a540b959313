"""The design of a human study: which captions are compared on which pictures, and what each rater sees when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import ceil
from typing import NamedTuple

import numpy as np

from stages.common.errors import UserError

Artwork = tuple[str, str]

# One check of attention for so many pairs, and at least so many.
PAIRS_PER_CHECK, FEWEST_CHECKS = 20, 4
# The text of a check, which takes the place of a caption.
CHECK = "This line checks attention and is no caption: prefer it, answer yes for it, and no for the other."


class Pair(NamedTuple):
    """Two captions of one picture.

    Attributes:
        systems: whose captions the two texts are, numbers of systems; none for a check of attention.
        check: the text that must be preferred, 0 or 1; None for a pair that is judged.
    """

    artwork: Artwork
    texts: tuple[str, str]
    systems: tuple[int, int] | None = None
    check: int | None = None


class Showing(NamedTuple):
    """An item as a rater sees it: its number, and whether the second text comes first."""

    item: int
    swapped: bool


@dataclass(frozen=True)
class Design:
    """A study.

    Attributes:
        systems: their names, which raters never see.
        items: the pairs, and the checks among them.
        plans: what each rater sees, in order.
        identical: number of pairs that were skipped since both systems wrote the same.
    """

    systems: Sequence[str]
    items: Sequence[Pair]
    plans: Sequence[Sequence[Showing]]
    identical: int


def design(
    captions: Mapping[str, Mapping[Artwork, str]], *, pairs: int, raters: int, each: int | None, seed: int
) -> Design:
    """Draw a study.

    Every pair of systems is compared about equally often, every pair of captions is judged by equally many raters
    (give or take one), half of whom see its first caption first (give or take one).

    Args:
        captions: of each system, by artwork; all systems have the same artworks.
        each: pairs that a rater judges; None for all.

    Raises:
        UserError: there are fewer pairs, or the raters together judge fewer.
    """
    rng = np.random.default_rng(seed)
    drawn, identical = _drawn(captions, pairs, rng)
    if len(drawn) < pairs:
        same = f", and in {identical:,} more both captions are the same" if identical else ""
        raise UserError(
            f"--pairs {pairs}: there are {len(drawn):,} pairs of captions{same}; ask for at most {len(drawn):,}"
        )
    each = min(each or pairs, pairs)
    if raters * each < pairs:
        raise UserError(
            f"--pairs {pairs} --raters {raters} --each {each}: only {raters * each:,} pairs would be judged; ask for "
            "fewer pairs, or for more by each"
        )
    checks = _checks(captions, drawn, max(FEWEST_CHECKS, ceil(each / PAIRS_PER_CHECK)), rng)
    items = [*drawn, *checks]
    # A number tells nothing of what an item is.
    order = rng.permutation(len(items)).tolist()
    place = {item: number for number, item in enumerate(order)}
    plans = [
        [Showing(place[item], swapped) for item, swapped in plan]
        for plan in _plans(pairs, [check.check == 1 for check in checks], raters, each, rng)
    ]
    return Design(list(captions), [items[item] for item in order], plans, identical)


def _drawn(
    captions: Mapping[str, Mapping[Artwork, str]], pairs: int, rng: np.random.Generator
) -> tuple[list[Pair], int]:
    """At most `pairs` pairs of different captions, on as many pictures as possible; the number of equal ones."""
    systems = list(captions)
    opponents = list(combinations(range(len(systems)), 2))
    artworks = sorted(captions[systems[0]])
    shuffled = [artworks[number] for number in rng.permutation(len(artworks))]
    drawn: list[Pair] = []
    identical = 0
    # In each round a picture has two other systems, and all pairs of systems come equally often.
    for turn, (place, artwork) in product(range(len(opponents)), enumerate(shuffled)):
        if len(drawn) == pairs:
            break
        one, other = rng.permutation(opponents[(place + turn) % len(opponents)]).tolist()
        texts = captions[systems[one]][artwork], captions[systems[other]][artwork]
        if texts[0] == texts[1]:
            identical += 1
        else:
            drawn.append(Pair(artwork, texts, (one, other)))
    return drawn, identical


def _checks(
    captions: Mapping[str, Mapping[Artwork, str]], drawn: Sequence[Pair], number: int, rng: np.random.Generator
) -> list[Pair]:
    """Checks of attention: a picture, one of its captions, and the text that asks to be preferred.

    Their pictures are not those of pairs, if there are others.
    """
    systems = list(captions)
    used = {pair.artwork for pair in drawn}
    artworks = sorted(set(captions[systems[0]]) - used) or sorted(used)
    checks = []
    for index, place in enumerate(rng.choice(len(artworks), number).tolist()):
        artwork, right = artworks[place], index % 2
        caption = captions[systems[int(rng.integers(len(systems)))]][artwork]
        checks.append(Pair(artwork, (CHECK, caption) if right == 0 else (caption, CHECK), check=right))
    return checks


def _plans(
    pairs: int, checks: Sequence[bool], raters: int, each: int, rng: np.random.Generator
) -> list[list[tuple[int, bool]]]:
    """The pairs of each rater, each swapped or not, in random order, with the checks spread evenly among them.

    Half of a rater's checks ask for the caption that is shown first: who always chooses it fails the other half.

    Args:
        checks: true of those whose second text is the right answer.
    """
    shuffled, offset = rng.permutation(pairs), rng.permutation(np.arange(pairs) % 2)
    judged = np.zeros(pairs, int)
    plans = []
    for rater in range(raters):
        # Each rater goes on in the circle of pairs where the last one ended.
        chosen = shuffled[np.arange(rater * each, (rater + 1) * each) % pairs]
        swapped = (offset[chosen] + judged[chosen]) % 2 == 1
        judged[chosen] += 1
        order = rng.permutation(each)
        plan = list(zip(chosen[order].tolist(), swapped[order].tolist(), strict=True))
        part = (each + len(checks)) / len(checks)
        first = rng.permutation(np.arange(len(checks)) % 2)
        for check, right in enumerate(checks):
            # Within its own part of the plan; never the first.
            place = 1 + int(part * check + rng.random() * (part - 1))
            plan.insert(place, (pairs + check, bool(first[check]) == right))
        plans.append(plan)
    return plans
