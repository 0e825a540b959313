"""Tables and sentences of a human study's results, as text."""

from collections.abc import Sequence

import pandas as pd

from commands.human_study.preferences import Estimate
from commands.human_study.results import Preference, Results

# Fewer raters do not show how much raters differ (docs/human_study.md).
ENOUGH = 5


def preferences(found: Sequence[Preference]) -> pd.DataFrame:
    """A row for each two systems: the judgements, and the share that prefers the first."""
    rows = [[*map(str, each.counts), shown(each.estimate), interval(each.estimate), each.verdict] for each in found]
    names = ["first", "both", "second", "first preferred", "95 % interval", "verdict"]
    return pd.DataFrame(rows, columns=pd.Index(names), index=[f"{each.first} : {each.second}" for each in found])


def systems(found: Results) -> pd.DataFrame:
    """A row for each system: its strength, and how often its captions are reasonable."""
    yes = found.reasonable
    rows = [[f"{strength:+.2f}", shown(yes[name]), interval(yes[name])] for name, strength in found.strengths.items()]
    names = pd.Index(["strength", "reasonable", "95 % interval"])
    return pd.DataFrame(rows, columns=names, index=list(found.strengths))


def notes(found: Results) -> list[str]:
    """Further results, a sentence each."""
    first = "not defined" if found.first_shown is None else f"{found.first_shown:.0%}"
    lines = [
        f"agreement (Krippendorff's alpha): preference {_alpha(found.agreement['preference'])}, reasonable "
        f"{_alpha(found.agreement['reasonable'])}",
        f"the caption that was shown first was preferred: {first} of the judgements without a tie; a judgement took "
        f"{found.seconds:.0f} s (median)",
    ]
    if len(found.preferences) == 1:
        lines.append(_spreads(found.preferences[0]))
    lines += [
        f"{each.first} : {each.second}: the judgements between these two alone contradict the model, which also draws "
        "on those of the other systems; trust the counts"
        for each in found.preferences
        if not each.fits
    ]
    if len(found.raters) == 1:
        lines.append("a single rater: the intervals say nothing of other raters")
    elif len(found.raters) < ENOUGH:
        lines.append(
            f"{len(found.raters)} raters: the intervals are too narrow if raters differ much; ask {ENOUGH} or more"
        )
    if found.identical:
        lines.append(f"{found.identical:,} pairs were not shown, since both systems wrote the same")
    if len(found.preferences) > 1:
        lines.append("the intervals are not corrected for the number of comparisons")
    if found.silent:
        lines.append(f"no pair answered: rater {', '.join(rater.name for rater in found.silent)}")
    return lines + _left_out(found)


def _spreads(preference: Preference) -> str:
    """The spreads that `artemis study plan` takes."""
    estimate = preference.estimate
    raters, pictures = (estimate.spread(part) for part in (estimate.variance.raters, estimate.variance.pictures))
    return (
        f"{preference.first} : {preference.second}: spread between raters {_known(raters)}, between pictures "
        f"{_known(pictures)} (for artemis study plan)"
    )


def _left_out(found: Results) -> list[str]:
    if not found.inattentive:
        return []
    names = ", ".join(f"{rater.name} ({rater.failed} of {rater.checks} checks failed)" for rater in found.inattentive)
    with_them = "; ".join(
        f"{each.first} : {each.second} {shown(each.estimate)} {interval(each.estimate)}" for each in found.everybody
    )
    return [f"left out for failed checks of attention: rater {names}; with them: {with_them}"]


def shown(estimate: Estimate) -> str:
    return f"{estimate.share:.1%}"


def interval(estimate: Estimate) -> str:
    return f"[{estimate.low:.1%}, {estimate.high:.1%}]"


def _known(spread: float | None) -> str:
    return "not known" if spread is None else f"{spread:.2f}"


def _alpha(value: float | None) -> str:
    return "not defined" if value is None else f"{round(value, 2) + 0.0:.2f}"
