"""Prints the power of planned studies."""

from dataclasses import replace

import pandas as pd

from commands.human_study.power import PICTURE_SPREAD, POWER, RATER_SPREAD, Plan
from stages.common.errors import UserError
from stages.metrics.joint_table import markdown

# Numbers in the table, as parts of those asked for.
FACTORS = (0.25, 0.5, 1, 2, 4)


def run(
    preference: float,
    *,
    pairs: int,
    raters: int,
    each: int | None,
    ties: float,
    rater_spread: float | None,
    picture_spread: float | None,
) -> None:
    """Print the power of a study, and of smaller and larger ones.

    Raises:
        UserError: so many ties contradict so strong a preference, all judgements are the same, or there is a single
            rater or pair, of which no spread is known.
    """
    if raters < 2 or pairs < 2:
        raise UserError(f"--raters {raters} --pairs {pairs}: expected two or more of both")
    if abs(preference - 0.5) > (1 - ties) / 2 + 1e-9:
        raise UserError(
            f"--preference {preference} with --ties {ties}: a tie counts half, so at most {1 - ties / 2:.2f} and at "
            f"least {ties / 2:.2f} are possible"
        )
    each = min(each or pairs, pairs)
    plan = Plan(
        raters,
        # More than all raters together can judge are not seen.
        min(pairs, raters * each),
        each,
        ties,
        RATER_SPREAD if rater_spread is None else rater_spread,
        PICTURE_SPREAD if picture_spread is None else picture_spread,
    )
    if not plan.varies(preference):
        raise UserError(
            f"--preference {preference} with --ties {ties} and no spreads: all judgements would be the same; give a "
            "preference that some do not share, or --rater-spread and --picture-spread above 0"
        )
    print(f"power to show a preference of {preference:.0%}: {plan.power(preference):.0%}")
    least = plan.detectable()
    shown = "no preference" if least is None else f"a preference of {least:.1%}"
    size = f"{raters} raters and {plan.pairs:,} pairs, {plan.each:,} each"
    print(f"with a probability of {POWER:.0%}, {shown} is shown by {size}\n")
    print(markdown(table(plan, preference)))
    print(
        f"\nassumed: {ties:.0%} ties, spread between raters {plan.rater_spread:.2f}, between pictures "
        f"{plan.picture_spread:.2f}; `artemis study read` prints those of a pilot study"
    )


def table(plan: Plan, preference: float) -> pd.DataFrame:
    """The power by numbers of raters (rows, at least 2) and pairs."""
    raters = sorted({max(2, round(plan.raters * factor)) for factor in FACTORS})
    pairs = sorted({max(2, round(plan.pairs * factor)) for factor in FACTORS})
    part = plan.each / plan.pairs
    rows = [
        [f"{_other(plan, some, number, max(1, round(part * number))).power(preference):.0%}" for number in pairs]
        for some in raters
    ]
    columns = pd.Index([f"{number:,} pairs" for number in pairs])
    return pd.DataFrame(rows, columns=columns, index=[f"{some} raters" for some in raters])


def _other(plan: Plan, raters: int, pairs: int, each: int) -> Plan:
    return replace(plan, raters=raters, pairs=min(pairs, raters * each), each=each)
