"""Paired comparison of the scores of two systems: bootstrap intervals of the difference."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import dvc.api
import numpy as np
import pandas as pd
import pyarrow as pa
from dvc.exceptions import DvcException
from dvc.scm import SCMError

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.params import load
from stages.metrics.bootstrap import corpus_values, interval, resampled, totals
from stages.metrics.emotion import JUDGES, MAJORITY_ID, judged_columns
from stages.metrics.evaluate import RESAMPLES
from stages.metrics.interface import CAPTIONS, Columns, Value
from stages.metrics.joint_table import markdown
from stages.metrics.judge_errors import corrected, corrected_name
from stages.metrics.ngrams import Array
from stages.metrics.params import Params
from stages.metrics.suite import ALL, comparable_values
from stages.metrics.tables import SYSTEMS, details_file, load_details, pictures_file, read_pictures


class Scored(NamedTuple):
    """The scores of each picture of a system, and what is known of its judges, by their names."""

    pictures: pd.DataFrame
    judges: Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """The difference of one score: both sides, its 95 % interval, and the verdict."""

    name: str
    first: float
    second: float
    bounds: tuple[float, float]
    verdict: str


def run(first: str, second: str) -> None:
    """Print the comparison of two sides, each `<system>`, `<revision>:<system>` or several separated by commas."""
    seed = load(Params).seed
    left, right = ([read(spec) for spec in side.split(",")] for side in (first, second))
    differences = compare(left, right, RESAMPLES, seed)
    pictures = len(common([run.pictures for run in (*left, *right)])[0])
    print(f"{pictures:,} pictures that both sides have, {RESAMPLES:,} resamples\n")
    print(markdown(table(differences, first, second)))


def read(spec: str) -> Scored:
    """The scores of `<system>` or `<revision>:<system>`.

    Raises:
        UserError: no such system or revision, or its table is neither here nor in DVC's cache.
    """
    revision, _, system = spec.strip().rpartition(":")
    if system not in SYSTEMS:
        way_out = f"; `artemis score {spec.strip()}` scores a file" if Path(spec.strip()).is_file() else ""
        raise UserError(f"{spec}: unknown system {system!r}; there are {', '.join(SYSTEMS)}{way_out}")
    path, figures = pictures_file(system), details_file(system)
    if not revision:
        if not path.exists():
            raise UserError(
                f"{path}: not there; `dvc repro metrics@{system}` makes it, or `dvc checkout` brings it back"
            )
        return Scored(read_pictures(path), load_details(system).get("judges", {}) if figures.exists() else {})
    try:
        pictures = read_pictures(io.BytesIO(dvc.api.read(path.as_posix(), rev=revision, mode="rb")))
        return Scored(pictures, _judges_of(figures, revision))
    except SCMError:
        raise UserError(
            f"{spec}: git and DVC know no revision or experiment {revision!r}; see `dvc exp show`"
        ) from None
    except (DvcException, OSError, pa.ArrowInvalid) as error:
        reason = " ".join(str(error).split())
        way_out = f"`dvc fetch` or `dvc exp apply {revision}` and `dvc repro metrics@{system}` bring it"
        raise UserError(f"{spec}: {path} of that revision is not in DVC's cache ({reason}); {way_out}") from None


def _judges_of(figures: Path, revision: str) -> Mapping[str, Any]:
    """What the details of a revision say of its judges; nothing, if they are not in DVC's cache."""
    try:
        details: dict[str, Any] = json.loads(dvc.api.read(figures.as_posix(), rev=revision))
    except (DvcException, OSError):
        return {}
    return details.get("judges", {})


def compare(first: Sequence[Scored], second: Sequence[Scored], resamples: int, seed: int) -> list[Difference]:
    """The differences of every score that both sides have, on the pictures that all tables have."""
    runs = [*first, *second]
    columns = [_columns(table) for table in common([run.pictures for run in runs])]
    is_score = comparable_values()
    compared = [value for value in is_score if all(set(value.columns) <= set(run) for run in columns)]
    judged = [judge for judge in JUDGES if all(map(partial(_is_judged, judge), runs, columns))]
    drawn = [
        _values(compared, run, resamples, seed) | _corrected(judged, run, scored.judges, resamples, seed)
        for scored, run in zip(runs, columns, strict=True)
    ]
    rng = np.random.default_rng(seed)
    left, right = (_side(part, resamples, rng) for part in (drawn[: len(first)], drawn[len(first) :]))
    properties = {value.name for value in compared if not is_score[value]}
    lower_is_better = {value.name for value in compared if value.lower_is_better}
    differences = []
    for name in left:
        bounds = interval(left[name][1] - right[name][1])
        verdict = _verdict(bounds, is_score=name not in properties, lower_is_better=name in lower_is_better)
        differences.append(Difference(name, left[name][0], right[name][0], bounds, verdict))
    # A score is NaN where no caption of a side qualifies for it.
    return [difference for difference in differences if np.isfinite(difference.first - difference.second)]


def common(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The rows of the pictures that all tables have, in the same order.

    Raises:
        UserError: there is no such picture.
    """
    shared = set.intersection(*(set(zip(*(table[name] for name in ARTWORK), strict=True)) for table in tables))
    if not shared:
        raise UserError(
            "no picture is scored on both sides; systems can be compared on the same data set and split only"
        )
    keys = pd.MultiIndex.from_tuples(sorted(shared), names=ARTWORK)
    return [table.set_index(ARTWORK).loc[keys].reset_index() for table in tables]


def _columns(table: pd.DataFrame) -> Columns:
    numbers = table.select_dtypes("number")
    ones = np.ones(len(table))
    columns = {str(name): numbers[name].to_numpy(float) for name in numbers}
    return {**columns, CAPTIONS: ones, f"{ALL}.{CAPTIONS}": ones}


# Of each score its value, and that of each resample of the pictures, (resamples,).
Drawn = dict[str, tuple[float, Array]]


def _values(compared: Sequence[Value], columns: Columns, resamples: int, seed: int) -> Drawn:
    whole, drawn = corpus_values(compared, totals(columns)), resampled(compared, columns, resamples, seed)
    return {name: (float(value), drawn[name]) for name, value in whole.items()}


def _is_judged(judge: str, run: Scored, columns: Columns) -> bool:
    """True if all is there that a correction for the judge's errors needs; earlier versions wrote less."""
    confusion = run.judges.get(judge, {}).get("confusion", {})
    return bool(confusion) and {MAJORITY_ID, *judged_columns(judge, list(confusion))} <= set(columns)


def _corrected(judged: Sequence[str], columns: Columns, judges: Mapping[str, Any], resamples: int, seed: int) -> Drawn:
    """The alignment without the errors of each judge."""
    return {
        corrected_name(judge): corrected(columns, judge, judges[judge]["confusion"], resamples, seed)
        for judge in judged
    }


def _side(runs: Sequence[Drawn], resamples: int, rng: np.random.Generator) -> Drawn:
    """Of each score the mean over runs, and that of each resample, which draws runs as well as pictures."""
    picked = rng.integers(len(runs), size=(len(runs), resamples))
    side = {}
    for name in runs[0]:
        by_run = np.stack([run[name][1] for run in runs])  # (runs, resamples)
        mean = float(np.mean([run[name][0] for run in runs]))
        side[name] = mean, np.take_along_axis(by_run, picked, axis=0).mean(axis=0)
    return side


def _verdict(bounds: tuple[float, float], *, is_score: bool, lower_is_better: bool) -> str:
    """Only an interval without zero shows a difference; a mere property, such as the length, is higher, not better."""
    low, high = bounds
    if not (low > 0 or high < 0):
        return "no difference shown"
    if not is_score:
        return "A higher" if low > 0 else "B higher"
    return "B better" if (low > 0) == lower_is_better else "A better"


def table(differences: Sequence[Difference], first: str, second: str) -> pd.DataFrame:
    """The differences as text."""
    rows = [
        [
            *(f"{row.first:.4f}", f"{row.second:.4f}", f"{row.first - row.second:+.4f}"),
            *(f"[{row.bounds[0]:+.4f}, {row.bounds[1]:+.4f}]", row.verdict),
        ]
        for row in differences
    ]
    names = [f"A: {first}", f"B: {second}", "A - B", "95 % interval", "verdict"]
    return pd.DataFrame(rows, columns=pd.Index(names), index=[row.name for row in differences])
