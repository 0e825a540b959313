"""Intervals of an estimate from judgements that share raters and pictures.

Judgements of one rater are alike, and so are those of one picture. Both were drawn from many, so the variance of an
estimate has a part of each (two-way clustering: Cameron, Gelbach and Miller, Robust Inference with Multiway Clustering,
2011). Raters who answer little count as less than one. Few raters say little about their part, so the interval is as
many standard errors wide as studies with such parts need, and not 1.96: with a part alone these are the quantiles of
Student's t. Degrees of freedom of the sum (Satterthwaite, 1946) make the interval too wide where raters hardly differ,
and resampling raters and pictures (Owen, The pigeonhole bootstrap, 2007) covers the truth less evenly: see
`benchmarks/human_study.py`.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

LEVEL = 0.95
# The variance may come out near zero, or below it, by chance: at least this part of what independent judgements have.
LEAST = 0.5
# Equally likely values of a part stand at these.
QUANTILES = (np.arange(100) + 0.5) / 100


@dataclass(frozen=True)
class Part:
    """The part of a variance that the judgements of one cluster share, a rater or a picture.

    Attributes:
        variance: of the estimate, if judgements of different clusters were independent; 0 for a single cluster.
        degrees: of freedom of the variance.
        clusters: their effective number: that of equally large ones.
        repeats: a cluster has several judgements.
    """

    variance: float
    degrees: float
    clusters: float
    repeats: bool

    def expected(self, independent: float) -> "Part":
        """This part as it may be expected to be: more than few clusters show, and not less than if they did not differ.

        The factor is the mean of an inverse chi-squared distribution, to the first order.
        """
        if self.clusters == 1:
            return self
        return replace(self, variance=(1 + 2 / self.degrees) * max(self.variance, independent))


@dataclass(frozen=True)
class Variance:
    """The variance of an estimate; `independent` is that of independent judgements."""

    raters: Part
    pictures: Part
    independent: float

    @property
    def total(self) -> float:
        return float(self._total(self.raters.variance + self.pictures.variance))

    def half_width(self) -> float:
        """Half the width of the 95 % interval."""
        return self.standard_errors() * float(np.sqrt(self.total))

    def standard_errors(self) -> float:
        """How many standard errors reach from the estimate to an end of the 95 % interval.

        So many cover the truth in 95 % of the studies whose parts are as those here may be expected to be.
        """
        raters, pictures = (part.expected(self.independent) for part in self._parts)
        supposed = Variance(raters, pictures, self.independent)
        errors = np.sqrt(supposed.found() / supposed.total)
        return float(optimize.brentq(lambda number: (2 * ndtr(number * errors) - 1).mean() - LEVEL, 1, 100))

    def found(self) -> Floats:
        """Totals that studies whose parts are as here would find, each equally likely."""
        raters, pictures = (part.variance * _chi_squared(part.degrees) / part.degrees for part in self._parts)
        return self._total(np.add.outer(raters, pictures)).ravel()

    def _total(self, parts: Floats | float) -> Floats:
        shared = self.independent * (sum(part.clusters > 1 for part in self._parts) - 1)
        return np.maximum(parts - shared, LEAST * self.independent)

    @property
    def _parts(self) -> tuple[Part, Part]:
        return self.raters, self.pictures

    def spread(self, part: Part) -> float | None:
        """Standard deviation between clusters, in the unit of the estimate; None if no cluster has two judgements.

        Only for weights that add up to one, as those of judgements about two systems alone.
        """
        if not (part.repeats and part.variance):
            return None
        # A part also has the differences between the judgements of one cluster.
        return float(np.sqrt(max(part.variance - self.independent, 0.0) * part.clusters))


def variance(
    influences: Floats, raters: Codes, pictures: Codes, independent: float, weights: Floats | None = None
) -> Variance:
    """The variance of an estimate.

    Args:
        influences: by how much each judgement moves the estimate, (n,).
        raters, pictures: number of the rater and of the picture of each judgement, (n,).
        independent: the variance if all judgements were independent, from the model. Where all are alike, the
            judgements themselves show none.
        weights: of the judgements in the estimate, (n,); by default equal.
    """
    weights = np.ones(len(influences)) if weights is None else weights
    by_rater, by_picture = (_part(influences, weights, codes) for codes in (raters, pictures))
    return Variance(by_rater, by_picture, independent)


def _part(influences: Floats, weights: Floats, codes: Codes) -> Part:
    """The part of clusters that differ by an effect each, with which a cluster enters by its share of all weights.

    The squares of the centred sums have the expectation of a quadratic form, and the degrees of freedom that
    Satterthwaite gives it; of n equal clusters these are the factor n / (n - 1) and n - 1.
    """
    _, codes, judgements = np.unique(codes, return_inverse=True, return_counts=True)
    sums, sizes = np.bincount(codes, influences), np.bincount(codes, weights)
    share = sizes / sizes.sum()
    repeats = bool((judgements > 1).any())
    if len(sums) == 1:
        return Part(0.0, 1.0, 1.0, repeats)
    two, three, four, five = (float((share**power).sum()) for power in (2, 3, 4, 5))
    # Trace of the form, and of its square.
    trace = two - 2 * three + two**2
    square = four + 2 * (two * four - 2 * five) + 2 * four * two + 2 * three**2 + two**4 - 4 * two**2 * three
    centred = sums - share * sums.sum()
    return Part(two / trace * float((centred**2).sum()), max(trace**2 / square, 1.0), 1 / two, repeats)


def _chi_squared(degrees: float) -> Floats:
    return np.asarray(stats.chi2.ppf(QUANTILES, degrees), np.float64)
