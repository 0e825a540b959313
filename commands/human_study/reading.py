"""Prints the results of a human study, and writes them as a page or as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from commands.human_study import results_page
from commands.human_study.preferences import Estimate
from commands.human_study.results import Preference, Results, results
from formats.human_study import answers as answer_files
from formats.human_study import key as keys
from formats.human_study.answers import Rater
from stages.common.files import out_file, write_json
from stages.metrics.joint_table import markdown

SUFFIXES = (".html", ".json")


def run(files: Sequence[Path], folder: Path, out: str | None) -> None:
    """Print the results of answers to the study in `folder`, and write them to `out`."""
    path = None if out is None else out_file(out, SUFFIXES, files)
    key = keys.load(folder)
    found = results(answer_files.read(files, key), key)
    print(report(found))
    if path and path.suffix.lower() == ".json":
        write_json(as_json(found), path)
    elif path:
        results_page.save(found, path)


def report(found: Results) -> str:
    """The results as text, with Markdown tables."""
    parts = [
        f"{found.judgements:,} judgements by {len(found.raters)} raters of {found.pictures:,} pictures",
        markdown(preferences(found.preferences)),
        markdown(systems(found)),
        "\n".join(notes(found)),
    ]
    return "\n\n".join(parts)


def preferences(found: Sequence[Preference]) -> pd.DataFrame:
    """A row for each two systems: the judgements, and the share that prefers the first."""
    rows = [[*map(str, each.counts), shown(each.estimate), interval(each.estimate), each.verdict] for each in found]
    names = ["first", "both", "second", "first preferred", "95 % interval", "verdict"]
    return pd.DataFrame(rows, columns=pd.Index(names), index=[f"{each.first} : {each.second}" for each in found])


def systems(found: Results) -> pd.DataFrame:
    """A row for each system: its strength, and how often its captions are reasonable."""
    rows = [
        [
            f"{strength:+.2f}",
            *(["", ""] if (yes := found.reasonable.get(name)) is None else [shown(yes), interval(yes)]),
        ]
        for name, strength in found.strengths.items()
    ]
    return pd.DataFrame(
        rows, columns=pd.Index(["strength", "reasonable", "95 % interval"]), index=list(found.strengths)
    )


def notes(found: Results) -> list[str]:
    """What else is known, a sentence each."""
    lines = [
        f"agreement (Krippendorff's alpha): preference {_alpha(found.agreement['preference'])}, reasonable "
        f"{_alpha(found.agreement['reasonable'])}",
        f"the caption that was shown first was preferred in {found.first_shown:.0%} of the judgements without a tie; "
        f"a judgement took {found.seconds:.0f} s (median)",
    ]
    lines += [
        f"{each.first} : {each.second}: spread between raters {each.estimate.spread_of_raters():.2f}, between pictures "
        f"{each.estimate.spread_of_pictures():.2f} (for artemis study plan)"
        for each in found.preferences
    ]
    if len(found.raters) == 1:
        lines.append("a single rater: the intervals say nothing of other raters")
    if found.identical:
        lines.append(f"{found.identical:,} pairs were not shown, since both systems wrote the same")
    if len(found.preferences) > 1:
        lines.append("the intervals are not corrected for the number of comparisons")
    return lines + _left_out(found)


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


def _alpha(value: float | None) -> str:
    return "not defined" if value is None else f"{round(value, 2) + 0.0:.2f}"


def as_json(found: Results) -> dict[str, Any]:
    """The results as JSON has them."""
    return {
        "judgements": found.judgements,
        "pictures": found.pictures,
        "preferences": [_preference(each) for each in found.preferences],
        "preferences_with_inattentive_raters": [_preference(each) for each in found.everybody],
        "strengths": dict(found.strengths),
        "reasonable": {name: _estimate(value) for name, value in found.reasonable.items()},
        "agreement": dict(found.agreement),
        "first_shown_preferred": found.first_shown,
        "median_seconds": found.seconds,
        "identical_pairs": found.identical,
        "raters": [_rater(rater, counts=True) for rater in found.raters]
        + [_rater(rater, counts=False) for rater in found.inattentive],
    }


def _preference(each: Preference) -> dict[str, Any]:
    counts = dict(zip(("first_preferred", "both", "second_preferred"), each.counts, strict=True))
    return {"first": each.first, "second": each.second, **counts, **_estimate(each.estimate), "verdict": each.verdict}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    degrees = estimate.variance.degrees
    return {
        "share": estimate.share,
        "interval": [estimate.low, estimate.high],
        "degrees_of_freedom": degrees if np.isfinite(degrees) else None,
    }


def _rater(rater: Rater, *, counts: bool) -> dict[str, Any]:
    return {
        "rater": rater.name,
        "file": rater.file.name,
        "judged": len(rater.judged),
        "checks": rater.checks,
        "failed_checks": rater.failed,
        "counts": counts,
    }
