"""Results of a human study: preferences, reasonableness, agreement, and what is known of the raters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Any, Literal

import krippendorff
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from commands.human_study.preferences import (
    FIRST,
    PRIOR,
    SECOND,
    TIE,
    Comparisons,
    Estimate,
    Strengths,
    fit,
    proportion,
)
from formats.human_study.answers import Answer, Rater
from formats.human_study.key import Item, Key
from stages.common.errors import UserError


@dataclass(frozen=True)
class Preference:
    """How often one system was preferred to another; `counts` are of judgements: first, both, second."""

    first: str
    second: str
    estimate: Estimate
    counts: tuple[int, int, int]

    @property
    def fits(self) -> bool:
        """False if the judgements between these two alone contradict the model, which also knows those of others."""
        wins, ties, losses = (count + PRIOR for count in self.counts)
        share = (wins + ties / 2) / (wins + ties + losses)
        return not any(self.counts) or self.estimate.low <= share <= self.estimate.high

    @property
    def verdict(self) -> str:
        """Only an interval without one half shows a preference."""
        if self.estimate.low > 0.5:
            return f"{self.first} preferred"
        return f"{self.second} preferred" if self.estimate.high < 0.5 else "no difference shown"


@dataclass(frozen=True)
class Results:
    """The results of a study.

    Attributes:
        raters: those whose judgements count.
        inattentive: those who failed too many checks of attention, and are left out.
        silent: those who judged no pair.
        strengths: logarithmic strength of each system in the model of Bradley, Terry and Davidson; their mean is 0.
        everybody: preferences with the inattentive raters, in the same order.
        reasonable: share of captions of each system that someone could reasonably feel.
        agreement: Krippendorff's alpha of each question; None where it is not defined.
        first_shown: share of the caption that was shown first among the preferred ones; None if none was preferred.
        seconds: the median of a judgement.
    """

    raters: Sequence[Rater]
    inattentive: Sequence[Rater]
    silent: Sequence[Rater]
    preferences: Sequence[Preference]
    everybody: Sequence[Preference]
    strengths: Mapping[str, float]
    reasonable: Mapping[str, Estimate]
    agreement: Mapping[str, float | None]
    first_shown: float | None
    seconds: float
    pictures: int
    judgements: int
    identical: int


def results(raters: Sequence[Rater], key: Key) -> Results:
    """The results of these raters.

    Raises:
        UserError: no rater is attentive, or the answers do not connect all systems.
    """
    judging = [rater for rater in raters if rater.judged]
    attentive = [rater for rater in judging if rater.attentive]
    if not attentive:
        raise UserError(
            "every rater who judged a pair failed more checks of attention than are allowed; ask them, and look at the "
            "seconds of their answers"
        )
    counted = [judgement for rater in attentive for judgement in rater.judged]
    inattentive = [rater for rater in judging if not rater.attentive]
    fitted = _fitted(attentive, key, inattentive)
    preferred = [answer for _, answer in counted if answer.preferred is not None]
    return Results(
        raters=attentive,
        inattentive=inattentive,
        silent=[rater for rater in raters if not rater.judged],
        preferences=_preferences(fitted, key),
        everybody=_preferences(_fitted(judging, key), key),
        strengths=dict(zip(key.systems, fitted.values().tolist(), strict=True)),
        reasonable=_reasonable(attentive, key),
        agreement=_agreement(attentive),
        first_shown=_share([answer.preferred == answer.first for answer in preferred]),
        seconds=median(answer.seconds for _, answer in counted),
        pictures=len({_artwork(item) for item, _ in counted}),
        judgements=len(counted),
        identical=key.identical,
    )


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _artwork(item: Item) -> tuple[str, str]:
    return item.art_style, item.painting


def _systems(item: Item) -> tuple[int, int]:
    """The systems of a pair, in the order of its texts."""
    assert item.systems is not None, "a check of attention is no pair of systems"
    return item.systems


def _outcome(item: Item, answer: Answer) -> tuple[int, int, int]:
    """Two systems, that of the lower number first, and the outcome."""
    first, second = sorted(_systems(item))
    if answer.preferred is None:
        return first, second, TIE
    return first, second, FIRST if _systems(item)[answer.preferred] == first else SECOND


def _fitted(raters: Sequence[Rater], key: Key, left_out: Sequence[Rater] = ()) -> Strengths:
    pictures = {_artwork(item): number for number, item in enumerate(key.items)}
    rows = [
        (*_outcome(item, answer), number, pictures[_artwork(item)])
        for number, rater in enumerate(raters)
        for item, answer in rater.judged
    ]
    first, second, outcome, rater_numbers, picture_numbers = np.array(rows, np.intp).T
    _require_connected(first, second, key, left_out)
    return fit(Comparisons(first, second, outcome, rater_numbers, picture_numbers), len(key.systems))


def _require_connected(
    first: npt.NDArray[np.intp], second: npt.NDArray[np.intp], key: Key, left_out: Sequence[Rater]
) -> None:
    systems = len(key.systems)
    compared = coo_array((np.ones(len(first)), (first, second)), shape=(systems, systems))
    parts, part = connected_components(compared, directed=False)
    if parts > 1:
        apart = [name for name, number in zip(key.systems, part, strict=True) if number != part[0]]
        names = ", ".join(rater.name for rater in left_out)
        without = f" (without those of rater {names}, left out for failed checks of attention)" if names else ""
        raise UserError(
            f"no answer compares {key.systems[0]} with {', '.join(apart)}, not even by way of others{without}; more "
            "answers are needed"
        )


def _preferences(fitted: Strengths, key: Key) -> list[Preference]:
    judged = fitted.comparisons
    found = []
    for first, second in combinations(range(len(key.systems)), 2):
        these = judged.outcome[(judged.first == first) & (judged.second == second)]
        wins, ties, losses = np.bincount(these, minlength=3).tolist()
        estimate = fitted.preference(first, second)
        found.append(Preference(key.systems[first], key.systems[second], estimate, (wins, ties, losses)))
    return found


def _reasonable(raters: Sequence[Rater], key: Key) -> dict[str, Estimate]:
    pictures = {_artwork(item): number for number, item in enumerate(key.items)}
    rows = [
        (system, said, number, pictures[_artwork(item)])
        for number, rater in enumerate(raters)
        for item, answer in rater.judged
        for system, said in zip(_systems(item), answer.reasonable, strict=True)
    ]
    systems, said, rater_numbers, picture_numbers = np.array(rows, np.intp).T
    by_system = [systems == number for number in range(len(key.systems))]
    return {
        name: proportion(said[rows] == 1, rater_numbers[rows], picture_numbers[rows])
        for name, rows in zip(key.systems, by_system, strict=True)
    }


def _agreement(raters: Sequence[Rater]) -> dict[str, float | None]:
    """Krippendorff's alpha of the preferences (ordinal: first system, both, second) and of reasonableness (nominal)."""
    preferred = [{answer.item: _outcome(item, answer)[2] for item, answer in rater.judged} for rater in raters]
    reasonable = [
        {(answer.item, text): said for _, answer in rater.judged for text, said in enumerate(answer.reasonable)}
        for rater in raters
    ]
    return {"preference": _alpha(preferred, "ordinal"), "reasonable": _alpha(reasonable, "nominal")}


def _alpha(said: Sequence[Mapping[Any, int]], level: Literal["nominal", "ordinal"]) -> float | None:
    """Alpha of what each rater says of each unit; None if fewer than two say something of one, or all say the same."""
    units = list(dict.fromkeys(unit for answers in said for unit in answers))
    table = np.array([[answers.get(unit, np.nan) for unit in units] for answers in said], float)
    several = table[:, (~np.isnan(table)).sum(0) > 1]
    if len(np.unique(several[~np.isnan(several)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=several, level_of_measurement=level))
