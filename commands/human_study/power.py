"""The power of a study that is planned: how likely it shows a preference, by its numbers of raters and pairs."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import ndtr

from commands.human_study.clusters import Part, Variance

# The power that studies are usually planned for.
POWER = 0.8
# Standard deviations of the share between raters and between pictures, of a pilot study or assumed.
RATER_SPREAD, PICTURE_SPREAD = 0.08, 0.15


@dataclass(frozen=True)
class Plan:
    """A study of two systems.

    Attributes:
        pairs: that are judged.
        each: those that a rater judges.
        ties: share of judgements that prefer neither.
        rater_spread, picture_spread: standard deviations of the share of preference between raters and between
            pictures, 0 to 0.5; `artemis study read` prints those of a study.
    """

    raters: int
    pairs: int
    each: int
    ties: float
    rater_spread: float
    picture_spread: float

    def power(self, preference: float) -> float:
        """The probability that the interval excludes one half, if the share of preference is `preference`."""
        spread = self._variance(preference)
        effect = abs(preference - 0.5) / np.sqrt(spread.total)
        reach = spread.standard_errors() * np.sqrt(spread.found() / spread.total)
        return float((ndtr(effect - reach) + ndtr(-effect - reach)).mean())

    def varies(self, preference: float) -> bool:
        """Whether judgements differ at all; if not, there is no power."""
        return self._variance(preference).total > 0

    def detectable(self) -> float | None:
        """The least share of preference above one half that is shown with a probability of `POWER`, if any is."""
        # Where all raters always agree, nothing varies.
        most = 1 - self.ties / 2 - 1e-6
        if self.power(most) < POWER:
            return None
        return float(optimize.brentq(lambda share: self.power(share) - POWER, 0.5, most, xtol=1e-4))

    def _variance(self, preference: float) -> Variance:
        """That of the share, as it is expected."""
        judgements = self.raters * self.each
        # A judgement is 1, one half or 0.
        whole = preference * (1 - preference) - self.ties / 4
        rest = max(whole - self.rater_spread**2 - self.picture_spread**2, 0.0)
        single = (self.rater_spread**2 + self.picture_spread**2 + rest) / judgements
        by_rater = self.rater_spread**2 * (1 / self.raters - 1 / judgements) + single
        by_picture = self.picture_spread**2 * (1 / self.pairs - 1 / judgements) + single
        raters, pictures = (
            Part(variance, number - 1, number, True)
            for variance, number in ((by_rater, self.raters), (by_picture, self.pairs))
        )
        return Variance(raters, pictures, single)
