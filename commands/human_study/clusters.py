"""Intervals of an estimate from judgements that share raters and pictures.

Judgements of one rater are alike, and so are those of one picture. Both were drawn from many, so the variance of an
estimate has a part of each (two-way clustering: Cameron, Gelbach and Miller, Robust Inference with Multiway Clustering,
2011), and few raters say little about their part (degrees of freedom: Satterthwaite, 1946). Raters who answer little
count as less than one. Resampling raters and pictures (Owen, The pigeonhole bootstrap, 2007) covers the truth less
evenly: see `benchmarks/human_study.py`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

LEVEL = 0.95
# The variance may come out near zero, or below it, by chance: at least this part of what independent judgements have.
LEAST = 0.5


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


@dataclass(frozen=True)
class Variance:
    """The variance of an estimate; `independent` is that of independent judgements."""

    raters: Part
    pictures: Part
    independent: float

    @property
    def total(self) -> float:
        parts = self.raters.variance + self.pictures.variance - self._shared
        return max(parts, LEAST * self.independent)

    @property
    def _shared(self) -> float:
        """The variance that both parts contain."""
        return self.independent if self.raters.variance and self.pictures.variance else 0.0

    @property
    def degrees(self) -> float:
        """Degrees of freedom of the total."""
        raters, pictures = self.raters, self.pictures
        spread = raters.variance**2 / raters.degrees + pictures.variance**2 / pictures.degrees
        spread += self._shared**2 / (raters.degrees * pictures.degrees)
        return max(self.total**2 / spread, 1.0) if spread else np.inf

    def half_width(self) -> float:
        """Half the width of the 95 % interval."""
        return float(stats.t.ppf((1 + LEVEL) / 2, self.degrees) * np.sqrt(self.total))

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
