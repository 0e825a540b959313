"""Strengths of systems from comparisons of two, with ties: the model of Bradley and Terry as Davidson extended it.

R. R. Davidson, On Extending the Bradley-Terry Model to Accommodate Ties in Paired Comparison Experiments, JASA 1970.
With the logarithmic strengths a and b of two systems and the parameter v of ties, the probabilities that the first is
preferred, that neither is, and that the second is, are as exp((a - b) / 2), v and exp((b - a) / 2).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, logit, logsumexp

from commands.human_study.clusters import Codes, Floats, Part, Variance, variance

# Outcomes of a comparison.
FIRST, TIE, SECOND = 0, 1, 2
# Added to each outcome of each two systems that were compared, so that a system that always wins has a finite strength
# (Haldane, 1956; Anscombe, 1956).
PRIOR = 0.5


@dataclass(frozen=True)
class Comparisons:
    """Judgements, each of two systems: their numbers (n,), the outcome (n,), and numbers of rater and picture (n,)."""

    first: Codes
    second: Codes
    outcome: Codes
    raters: Codes
    pictures: Codes


@dataclass(frozen=True)
class Estimate:
    """A share (0 to 1) with its 95 % interval; `variance` is that of its log-odds."""

    share: float
    low: float
    high: float
    variance: Variance

    def spread(self, part: Part) -> float | None:
        """Standard deviation of the share between raters, or between pictures; None if it cannot be known."""
        spread = self.variance.spread(part)
        # By the slope of the share in its log-odds.
        return None if spread is None else self.share * (1 - self.share) * spread


@dataclass(frozen=True)
class Strengths:
    """The fitted model.

    Attributes:
        comparisons: what it was fitted to.
        parameters: logarithmic strengths of all systems but the first, which has 0, then the logarithm of v; (S,).
        cells: number of the two systems of each judgement, among those that were compared, (n,).
        moves: by how much each outcome of each two systems moves each parameter, (cells, 3, S).
        chances: probabilities of the outcomes, (cells, 3).
        covariance: of the parameters if all judgements were independent, (S, S).
    """

    comparisons: Comparisons
    parameters: Floats
    cells: Codes
    moves: Floats
    chances: Floats
    covariance: Floats

    @property
    def influences(self) -> Floats:
        """By how much each judgement moves each parameter, (n, S)."""
        return self.moves[self.cells, self.comparisons.outcome]

    def values(self) -> Floats:
        """Logarithmic strengths of all systems, whose mean is 0; (S,)."""
        values = np.concatenate([[0.0], self.parameters[:-1]])
        return values - values.mean()

    def preference(self, first: int, second: int) -> Estimate:
        """The share of judgements that prefer one system to another, where a tie counts half for each."""
        lean = self._of(first) - self._of(second)
        win, ties = np.exp(lean @ self.parameters / 2), np.exp(self.parameters[-1]) / 2
        loss = 1 / win
        # The log-odds are log(win + ties) - log(loss + ties).
        by_lean = (win / (win + ties) + loss / (loss + ties)) / 2
        by_ties = ties / (win + ties) - ties / (loss + ties)
        gradient = by_lean * lean + by_ties * self._of(None)
        log_odds, independent = np.log((win + ties) / (loss + ties)), gradient @ self.covariance @ gradient
        judged = self.comparisons
        # Judgements of other systems move the estimate less.
        weights = np.sqrt((self.chances * (self.moves @ gradient) ** 2).sum(1))[self.cells]
        found = variance(self.influences @ gradient, judged.raters, judged.pictures, independent, weights)
        return _estimate(log_odds, found)

    def _of(self, system: int | None) -> Floats:
        """The vector that picks a system's strength, or the parameter of ties, from the parameters."""
        picked = np.zeros(len(self.parameters))
        if system is None:
            picked[-1] = 1
        elif system:
            picked[system - 1] = 1
        return picked


def _estimate(log_odds: float, spread: Variance) -> Estimate:
    reach = spread.half_width()
    share, low, high = expit([log_odds, log_odds - reach, log_odds + reach]).tolist()
    return Estimate(share, low, high, spread)


def proportion(answers: npt.NDArray[np.bool_], raters: Codes, pictures: Codes) -> Estimate:
    """The share of yes among answers (n,), given numbers of rater and picture (n,)."""
    weight = len(answers) + 2 * PRIOR
    share = (answers.sum() + PRIOR) / weight
    # Of the log-odds, as in a logistic regression without predictors.
    information = weight * share * (1 - share)
    return _estimate(logit(share), variance((answers - share) / information, raters, pictures, 1 / information))


def fit(comparisons: Comparisons, systems: int) -> Strengths:
    """The strengths of greatest likelihood of `systems` systems, which must be connected by comparisons."""
    cells, of = np.unique(np.stack([comparisons.first, comparisons.second]), axis=1, return_inverse=True)
    counts = np.full((cells.shape[1], 3), PRIOR)
    np.add.at(counts, (of, comparisons.outcome), 1)
    design = _design(cells[0], cells[1], systems)  # (cells, 3, S)
    found = minimize(_loss, np.zeros(systems), (design, counts), "trust-exact", jac=_gradient, hess=_hessian)
    chances = _chances(found.x, design)
    scores = design - (chances[..., None] * design).sum(1, keepdims=True)  # (cells, 3, S)
    covariance = np.asarray(np.linalg.inv(_hessian(found.x, design, counts)), np.float64)
    return Strengths(comparisons, found.x, of, scores @ covariance, chances, covariance)


def _design(first: Codes, second: Codes, systems: int) -> Floats:
    """The factors of the parameters in the logarithm of each outcome's weight, (cells, 3, S)."""
    rows = np.arange(len(first))
    lean = np.zeros((len(first), systems + 1))
    lean[rows, first], lean[rows, second] = 0.5, -0.5
    design = np.zeros((len(first), 3, systems))
    design[:, FIRST, :-1], design[:, SECOND, :-1] = lean[:, 1:-1], -lean[:, 1:-1]
    design[:, TIE, -1] = 1
    return design


def _chances(parameters: Floats, design: Floats) -> Floats:
    """The probabilities of the outcomes, (cells, 3)."""
    weights = design @ parameters
    return np.exp(weights - logsumexp(weights, axis=1, keepdims=True))


def _loss(parameters: Floats, design: Floats, counts: Floats) -> float:
    weights = design @ parameters
    return float((counts * (logsumexp(weights, axis=1, keepdims=True) - weights)).sum())


def _gradient(parameters: Floats, design: Floats, counts: Floats) -> Floats:
    surplus = counts.sum(1, keepdims=True) * _chances(parameters, design) - counts
    return np.einsum("co,cos->s", surplus, design)


def _hessian(parameters: Floats, design: Floats, counts: Floats) -> Floats:
    chances = _chances(parameters, design)
    centred = design - (chances[..., None] * design).sum(1, keepdims=True)
    return np.einsum("c,co,cos,cot->st", counts.sum(1), chances, centred, centred)
