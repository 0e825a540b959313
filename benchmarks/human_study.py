"""How often the intervals of `artemis study read` cover the truth, in simulated studies with raters of known strength.

Raters and pictures are drawn anew for each study; the truth is the share of preference over all of them. Beside the
intervals of the study stand those of the pigeonhole bootstrap, which draws raters and pictures with replacement.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from benchmarks.measure import argument_parser, machine, print_header, print_row
from commands.human_study.preferences import Comparisons, fit, proportion
from tests.human_study.simulated import Population, judged, true_share

RESAMPLES = 400
FEW = 10


class Kind(NamedTuple):
    """A kind of study.

    Attributes:
        each: pictures that a rater judges.
        early: raters who stop after `FEW` of them.
    """

    population: Population
    raters: int
    pictures: int
    each: int
    early: int = 0


KINDS = {
    "raters and pictures differ": Kind(Population((0.4, 0), 0.5, 0.3, 0.5), 10, 200, 200),
    "no difference between systems": Kind(Population((0, 0), 0.5, 0.3, 0.5), 10, 200, 200),
    "a strong preference": Kind(Population((2, 0), 0.5, 0.3, 0.5), 10, 200, 200),
    "raters differ much": Kind(Population((0.4, 0), 0.5, 0.7, 0), 10, 200, 200),
    "pictures differ much": Kind(Population((0.4, 0), 0.5, 0, 0.7), 10, 200, 200),
    "nothing differs": Kind(Population((0.4, 0), 0.5, 0, 0), 10, 200, 200),
    "each rater judges 40 of 200": Kind(Population((0.4, 0), 0.5, 0.3, 0.5), 10, 200, 40),
    "7 of 10 raters stop after 10 pictures": Kind(Population((0.4, 0), 0.5, 0.3, 0.5), 10, 200, 200, early=7),
    "few ties": Kind(Population((0.4, 0), 0.05, 0.3, 0.5), 10, 200, 200),
    "5 raters, 50 pictures": Kind(Population((0.4, 0), 0.5, 0.3, 0.5), 5, 50, 50),
    "the same, nothing differs": Kind(Population((0.4, 0), 0.5, 0, 0), 5, 50, 50),
    "3 raters, 50 pictures": Kind(Population((0.4, 0), 0.5, 0.3, 0.5), 3, 50, 50),
    "2 raters, 50 pictures": Kind(Population((0.4, 0), 0.5, 0.3, 0.5), 2, 50, 50),
    "2 raters differ much": Kind(Population((0.4, 0), 0.5, 0.7, 0), 2, 200, 200),
    "20 raters, 60 pictures": Kind(Population((0.4, 0), 0.5, 0.3, 0.5), 20, 60, 60),
    "3 systems": Kind(Population((0.4, 0, -0.4), 0.5, 0.3, 0.5), 10, 200, 200),
}

# Mean logits of a yes to the question if a caption is reasonable. Raters differ by 1 (standard deviation), pictures by
# one half.
YES = {"half are reasonable": 0.0, "nine in ten are": 2.7, "nearly all are": 4.0}


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--studies", type=int, default=4000, help="simulated studies of each kind")
    studies = parser.parse_args().studies
    print(f"{machine()}\n{studies:,} studies of each kind\n")
    print_header("kind of study", "truth", "covered", "median width", "bootstrap covered", "median width")
    for name, kind in KINDS.items():
        print_row(name, *row(kind, studies))
    print()
    print_header("captions", "truth", "covered", "median width")
    for name, mean in YES.items():
        print_row(name, *yes_row(mean, studies))


def yes_row(mean: float, studies: int) -> list[str]:
    """The truth, the share of intervals of reasonableness that cover it, and their median width."""
    rng, raters, pictures = np.random.default_rng(0), 10, 200
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    truth = float(weights / weights.sum() @ expit(mean + np.hypot(1, 0.5) * nodes))
    rater, picture = (codes.ravel() for codes in np.indices((raters, pictures)))
    found = np.empty((studies, 2))
    for study in range(studies):
        logits = mean + rng.normal(0, 1, raters)[rater] + rng.normal(0, 0.5, pictures)[picture]
        estimate = proportion(rng.random(len(logits)) < expit(logits), rater, picture)
        found[study] = estimate.low, estimate.high
    return [f"{truth:.1%}", *_summary(found, truth)]


def row(kind: Kind, studies: int) -> list[str]:
    """The truth, and of both methods the share of intervals that cover it and their median width."""
    rng = np.random.default_rng(0)
    truth = true_share(kind.population)
    ours, theirs = np.empty((studies, 2)), np.empty((studies, 2))
    for study in range(studies):
        comparisons = _kept(judged(kind.population, kind.raters, kind.pictures, kind.each, rng), kind)
        estimate = fit(comparisons, len(kind.population.strengths)).preference(0, 1)
        ours[study] = estimate.low, estimate.high
        theirs[study] = bootstrap(comparisons, rng)
    return [f"{truth:.1%}", *_summary(ours, truth), *_summary(theirs, truth)]


def _kept(comparisons: Comparisons, kind: Kind) -> Comparisons:
    """The judgements up to where raters stop."""
    number = np.arange(len(comparisons.raters)) % kind.each
    kept = (comparisons.raters >= kind.early) | (number < FEW)
    return Comparisons(*(column[kept] for column in vars(comparisons).values()))


def _summary(intervals: npt.NDArray[np.float64], truth: float) -> list[str]:
    low, high = intervals.T
    return [f"{np.mean((low <= truth) & (truth <= high)):.1%}", f"{np.median(high - low):.1%}"]


def bootstrap(comparisons: Comparisons, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """The percentile interval of the share that prefers the first of the first two systems, without a model."""
    these = (comparisons.first == 0) & (comparisons.second == 1)
    won = np.array([1, 0.5, 0])[comparisons.outcome[these]]
    raters, pictures = (_drawn(codes, rng)[:, codes[these]] for codes in (comparisons.raters, comparisons.pictures))
    weights = raters * pictures  # (RESAMPLES, n)
    return np.quantile(weights @ won / weights.sum(1), [0.025, 0.975])


def _drawn(codes: npt.NDArray[np.intp], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """How often each code is drawn in each resample, (RESAMPLES, number of codes)."""
    number = int(codes.max()) + 1
    return rng.multinomial(number, np.full(number, 1 / number), RESAMPLES)


if __name__ == "__main__":
    main()
