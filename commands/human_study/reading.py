"""Prints the results of a human study, and writes them as a page or as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from commands.human_study import results_page, tables
from commands.human_study.preferences import Estimate
from commands.human_study.results import Preference, Results, results
from formats.human_study import answers as answer_files
from formats.human_study import key as keys
from formats.human_study import page
from formats.human_study.answers import Rater
from stages.common.files import out_file, write_json
from stages.metrics.joint_table import markdown

SUFFIXES = (".html", ".json")


def run(files: Sequence[Path], folder: Path, out: str | None) -> None:
    """Print the results of answers to the study in `folder`, and write them to `out`."""
    # What the answers are worth nothing without.
    kept = [folder / keys.NAME, folder / page.NAME]
    path = None if out is None else out_file(out, SUFFIXES, [*files, *kept])
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
        markdown(tables.preferences(found.preferences)),
        markdown(tables.systems(found)),
        "\n".join(tables.notes(found)),
    ]
    return "\n\n".join(parts)


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
        + [_rater(rater, counts=False) for rater in (*found.inattentive, *found.silent)],
    }


def _preference(each: Preference) -> dict[str, Any]:
    counts = dict(zip(("first_preferred", "both", "second_preferred"), each.counts, strict=True))
    return {"first": each.first, "second": each.second, **counts, **_estimate(each.estimate), "verdict": each.verdict}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "share": estimate.share,
        "interval": [estimate.low, estimate.high],
        "standard_error_of_log_odds": float(np.sqrt(estimate.variance.total)),
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
