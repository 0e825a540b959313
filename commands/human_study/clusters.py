"""Intervals of an estimate from judgements that share raters and pictures.

Judgements of one rater are alike, and so are those of one picture. Both were drawn from many, so the variance of an
estimate has a part of each (two-way clustering: Cameron, Gelbach and Miller, Robust Inference with Multiway Clustering,
2011), and few raters say little about their part (degrees of freedom: Satterthwaite, 1946). Resampling raters and
pictures (Owen, The pigeonhole bootstrap, 2007) covers the truth less evenly: see `benchmarks/human_study.py`.
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
class Variance:
    """The variance of an estimate.

    Attributes:
        by_rater, by_picture, independent: of the estimate if the judgements of different raters were independent, if
            those of different pictures were, and if all were. The first is 0 for one rater, the second for one picture.
        raters, pictures: their numbers.
    """

    by_rater: float
    by_picture: float
    independent: float
    raters: int
    pictures: int

    @property
    def total(self) -> float:
        parts = self.by_rater + self.by_picture - self._shared
        return max(parts, LEAST * self.independent)

    @property
    def _shared(self) -> float:
        """What both parts contain."""
        return self.independent if self.raters > 1 and self.pictures > 1 else 0.0

    @property
    def degrees(self) -> float:
        """Degrees of freedom of the total."""
        raters, pictures = max(self.raters - 1, 1), max(self.pictures - 1, 1)
        spread = self.by_rater**2 / raters + self.by_picture**2 / pictures + self._shared**2 / (raters * pictures)
        return max(self.total**2 / spread, 1.0) if spread else np.inf

    def half_width(self) -> float:
        """Half the width of the 95 % interval."""
        return float(stats.t.ppf((1 + LEVEL) / 2, self.degrees) * np.sqrt(self.total))

    def spread_of_raters(self) -> float:
        """Standard deviation between raters who see the same pictures, in the unit of the estimate."""
        return self._spread(self.by_rater, self.raters)

    def spread_of_pictures(self) -> float:
        """Standard deviation between pictures that the same raters see, in the unit of the estimate."""
        return self._spread(self.by_picture, self.pictures)

    def _spread(self, part: float, number: int) -> float:
        # A part also has the differences between the judgements of one rater, or of one picture.
        return float(np.sqrt(max(part - self.independent, 0.0) * number))


def variance(influences: Floats, raters: Codes, pictures: Codes, independent: float) -> Variance:
    """The variance of an estimate.

    Args:
        influences: by how much each judgement moves the estimate, (n,).
        raters, pictures: number of the rater and of the picture of each judgement, (n,).
        independent: the variance if all judgements were independent, from the model. Where all are alike, the
            judgements themselves show none.
    """
    by_rater, raters_found = _of_sums(influences, raters)
    by_picture, pictures_found = _of_sums(influences, pictures)
    return Variance(by_rater, by_picture, independent, raters_found, pictures_found)


def _of_sums(influences: Floats, codes: Codes) -> tuple[float, int]:
    """The variance of the sum of all influences if those of different codes are independent; the number of codes."""
    codes = np.unique(codes, return_inverse=True)[1]
    sums = np.bincount(codes, influences)
    groups = len(sums)
    return (float(groups / (groups - 1) * ((sums - sums.mean()) ** 2).sum()) if groups > 1 else 0.0), groups
