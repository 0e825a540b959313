"""Preferences with ties, and their intervals, against closed forms, a slow plain fit and simulated raters."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

from commands.human_study.clusters import Part, Variance, variance
from commands.human_study.planning import table
from commands.human_study.power import Plan
from commands.human_study.preferences import Comparisons, fit, proportion
from tests.human_study.simulated import Population, chances, judged, true_share

POPULATION = Population((0.4, 0.0), 0.5, 0.3, 0.5)


def counted(first: int, both: int, second: int) -> Comparisons:
    outcome = np.repeat([0, 1, 2], [first, both, second])
    zero = np.zeros_like(outcome)
    return Comparisons(zero, zero + 1, outcome, np.arange(len(outcome)) % 5, np.arange(len(outcome)) // 5)


def test_of_two_systems_the_fit_has_a_closed_form() -> None:
    # Davidson (1970), with one half added to each outcome.
    fitted = fit(counted(60, 24, 15), 2)
    lean, ties = np.log(60.5 / 15.5), 24.5 / np.sqrt(60.5 * 15.5)
    assert fitted.values() == pytest.approx([lean / 2, -lean / 2])
    assert np.exp(fitted.parameters[-1]) == pytest.approx(ties)
    assert fitted.preference(0, 1).share == pytest.approx((60.5 + 24.5 / 2) / 100.5)
    one, other = fitted.preference(0, 1), fitted.preference(1, 0)
    assert (other.share, other.low, other.high) == pytest.approx((1 - one.share, 1 - one.high, 1 - one.low))


def test_three_systems_as_a_plain_maximizer_finds_them() -> None:
    rng = np.random.default_rng(3)
    comparisons = judged(Population((0.8, 0.1, -0.5), 0.7, 0, 0), 10, 90, 90, rng)
    fitted = fit(comparisons, 3)

    def loss(guess: np.ndarray) -> float:
        strengths, ties = np.array([0, guess[0], guess[1]]), np.exp(guess[2])
        total = 0.0
        for one, other in ((0, 1), (0, 2), (1, 2)):
            likely = -np.log(chances(strengths[one] - strengths[other], ties))
            these = comparisons.outcome[(comparisons.first == one) & (comparisons.second == other)]
            total += float((np.bincount(these, minlength=3) + 0.5) @ likely)
        return total

    plain = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000})
    assert fitted.parameters == pytest.approx(plain.x, abs=1e-5)
    assert fitted.values() == pytest.approx([0.8 - 0.4 / 3, 0.1 - 0.4 / 3, -0.5 - 0.4 / 3], abs=0.2)


def test_influences_are_what_one_more_judgement_moves() -> None:
    comparisons = judged(POPULATION, 6, 40, 40, np.random.default_rng(0))
    fitted = fit(comparisons, 2)
    for row in (0, 17, 120):
        more = Comparisons(
            *(
                np.append(column, column[row])
                for column in (comparisons.first, comparisons.second, comparisons.outcome)
            ),
            raters=np.append(comparisons.raters, 0),
            pictures=np.append(comparisons.pictures, 0),
        )
        moved = fit(more, 2).parameters - fitted.parameters
        assert moved == pytest.approx(fitted.influences[row], rel=0.05, abs=1e-4)


def test_always_the_same_answer_is_finite_and_unsure() -> None:
    estimate = fit(counted(100, 0, 0), 2).preference(0, 1)
    assert 0.9 < estimate.low < estimate.share < estimate.high < 1
    yes = proportion(np.ones(100, bool), np.arange(100) % 5, np.arange(100) // 5)
    assert 0.9 < yes.low < yes.share < yes.high < 1


def test_variance_of_a_full_table_is_that_of_two_way_analysis() -> None:
    rng = np.random.default_rng(2)
    raters, pictures = 12, 40
    values = rng.normal(size=raters)[:, None] + 2 * rng.normal(size=pictures) + 3 * rng.normal(size=(raters, pictures))
    influences = (values - values.mean()) / values.size
    rater, picture = np.indices(values.shape)
    found = variance(influences.ravel(), rater.ravel(), picture.ravel(), float((influences**2).sum()))
    # Of a mean: the variances of the means of rows and of columns, without what they share.
    assert found.raters.variance == pytest.approx(values.mean(1).var(ddof=1) / raters)
    assert found.pictures.variance == pytest.approx(values.mean(0).var(ddof=1) / pictures)
    both = found.raters.variance + found.pictures.variance
    assert found.total == pytest.approx(both - values.var() / values.size)
    assert found.spread(found.pictures) == pytest.approx(2, abs=0.7)
    assert found.spread(found.raters) == pytest.approx(1, abs=0.5)
    assert (found.raters.clusters, found.pictures.clusters) == pytest.approx((raters, pictures))


@pytest.mark.parametrize("degrees", [1, 4, 40])
def test_of_one_part_alone_the_interval_is_that_of_students_t(degrees: int) -> None:
    part, none = Part(0.3, degrees, degrees + 1, True), Part(0.0, 1.0, 1.0, False)
    for alone in (Variance(part, none, 0.0), Variance(none, part, 0.0)):
        assert alone.standard_errors() == pytest.approx(stats.t.ppf(0.975, degrees), rel=0.005)
    assert Variance(none, none, 0.3).half_width() == pytest.approx(1.96 * np.sqrt(0.3), rel=1e-4)


@pytest.mark.parametrize(
    ("raters", "spread", "least", "most"), [(5, 0, 0.94, 0.97), (5, 1, 0.93, 0.97), (10, 3, 0.94, 0.96)]
)
def test_intervals_of_a_mean_cover_it(raters: int, spread: float, least: float, most: float) -> None:
    rng, pictures, covered = np.random.default_rng(4), 30, []
    rater, picture = (codes.ravel() for codes in np.indices((raters, pictures)))
    for _ in range(1000):
        values = rng.normal(size=(raters, pictures)) + spread * rng.normal(size=raters)[:, None]
        influences = (values - values.mean()).ravel() / values.size
        found = variance(influences, rater, picture, 1 / values.size)
        covered.append(abs(values.mean()) < found.half_width())
    assert least <= np.mean(covered) <= most


def test_a_single_rater_has_an_interval_over_pictures() -> None:
    comparisons = judged(POPULATION, 1, 100, 100, np.random.default_rng(0))
    estimate = fit(comparisons, 2).preference(0, 1)
    assert estimate.variance.raters.variance == 0
    assert estimate.spread(estimate.variance.raters) is None
    assert estimate.spread(estimate.variance.pictures) is None  # each was judged once
    assert 0.1 < estimate.high - estimate.low < 0.3


def test_intervals_cover_the_truth() -> None:
    # benchmarks/human_study.py has more studies of more kinds; 300 have a standard error of 1.3 points.
    truth, rng = true_share(POPULATION), np.random.default_rng(5)
    estimates = [fit(judged(POPULATION, 10, 100, 100, rng), 2).preference(0, 1) for _ in range(300)]
    covered = np.mean([estimate.low <= truth <= estimate.high for estimate in estimates])
    assert 0.915 <= covered <= 0.985
    assert np.mean([estimate.share for estimate in estimates]) == pytest.approx(truth, abs=0.01)


def test_raters_who_answer_little_count_little() -> None:
    truth, rng = true_share(POPULATION), np.random.default_rng(7)
    covered = []
    for _ in range(300):
        whole = judged(POPULATION, 10, 100, 100, rng)
        # Seven of ten stop after five pairs.
        kept = (whole.raters < 3) | (np.arange(1000) % 100 < 5)
        part = Comparisons(*(column[kept] for column in vars(whole).values()))
        estimate = fit(part, 2).preference(0, 1)
        covered.append(estimate.low <= truth <= estimate.high)
    assert estimate.variance.raters.clusters == pytest.approx(335**2 / (3 * 100**2 + 7 * 5**2), rel=0.05)
    assert np.mean(covered) > 0.9


def test_spreads_are_those_of_the_population() -> None:
    rng = np.random.default_rng(8)
    found = [fit(judged(POPULATION, 20, 120, 120, rng), 2).preference(0, 1) for _ in range(40)]
    pictures = np.mean([estimate.spread(estimate.variance.pictures) for estimate in found])
    raters = np.mean([estimate.spread(estimate.variance.raters) for estimate in found])
    # By simulation: the standard deviation of a picture's, or a rater's, expected share.
    lean = 0.4 + np.sqrt(2) * np.array([0.5, 0.3])[:, None] * rng.normal(size=20000)
    for spread, leans in zip((pictures, raters), lean, strict=True):
        expected = chances(leans, POPULATION.ties) @ [1, 0.5, 0]
        assert spread == pytest.approx(expected.std(), abs=0.02)


def test_power_is_the_share_of_simulated_studies_that_show_the_preference() -> None:
    rng = np.random.default_rng(6)
    estimates = [fit(judged(POPULATION, 8, 60, 30, rng), 2).preference(0, 1) for _ in range(300)]
    shown = np.mean([estimate.low > 0.5 for estimate in estimates])
    share = true_share(POPULATION)
    # The spreads of the shares, from those of the strengths of two systems.
    slope, ties = 0.25 * 0.8, 0.19
    plan = Plan(8, 60, 30, ties, slope * 0.3 * np.sqrt(2), slope * 0.5 * np.sqrt(2))
    assert 0.2 < shown < 0.8
    assert plan.power(share) == pytest.approx(shown, abs=0.08)


def test_power_grows_with_everything_and_is_the_level_without_a_preference() -> None:
    plan = Plan(10, 100, 100, 0.2, 0.08, 0.15)
    assert plan.power(0.5) == pytest.approx(0.05, abs=0.003)
    assert plan.power(0.6) < plan.power(0.65) < plan.power(0.7)
    assert plan.power(0.6) == pytest.approx(plan.power(0.4))
    least = plan.detectable()
    assert least is not None
    assert plan.power(least) == pytest.approx(0.8, abs=0.005)
    assert Plan(2, 3, 3, 0.2, 0.08, 0.15).detectable() is None
    # Nothing varies where all always agree.
    assert Plan(5, 50, 50, 0.0, 0.0, 0.0).detectable() == pytest.approx(0.59, abs=0.03)
    powers = table(plan, 0.6)
    assert list(powers.index) == ["2 raters", "5 raters", "10 raters", "20 raters", "40 raters"]
    assert powers.loc["10 raters", "100 pairs"] == f"{plan.power(0.6):.0%}"
