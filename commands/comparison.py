"""Paired comparison of the scores of two systems: bootstrap intervals of the difference."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from stages.metrics.evaluate import RESAMPLES
from stages.metrics.interface import CAPTIONS, Columns, Value
from stages.metrics.joint_table import markdown
from stages.metrics.ngrams import Array
from stages.metrics.params import Params
from stages.metrics.suite import ALL, comparable_values
from stages.metrics.tables import SYSTEMS, pictures_file, read_pictures


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
    pictures = len(common([*left, *right])[0])
    print(f"{pictures:,} pictures that both sides have, {RESAMPLES:,} resamples\n")
    print(markdown(table(differences, first, second)))


def read(spec: str) -> pd.DataFrame:
    """The scores of each picture of `<system>` or `<revision>:<system>`.

    Raises:
        UserError: no such system or revision, or its table is neither here nor in DVC's cache.
    """
    revision, _, system = spec.strip().rpartition(":")
    if system not in SYSTEMS:
        way_out = f"; `artemis score {spec.strip()}` scores a file" if Path(spec.strip()).is_file() else ""
        raise UserError(f"{spec}: unknown system {system!r}; there are {', '.join(SYSTEMS)}{way_out}")
    path = pictures_file(system)
    if not revision:
        if not path.exists():
            raise UserError(
                f"{path}: not there; `dvc repro metrics@{system}` makes it, or `dvc checkout` brings it back"
            )
        return read_pictures(path)
    try:
        return read_pictures(io.BytesIO(dvc.api.read(path.as_posix(), rev=revision, mode="rb")))
    except SCMError:
        raise UserError(
            f"{spec}: git and DVC know no revision or experiment {revision!r}; see `dvc exp show`"
        ) from None
    except (DvcException, OSError, pa.ArrowInvalid) as error:
        reason = " ".join(str(error).split())
        way_out = f"`dvc fetch` or `dvc exp apply {revision}` and `dvc repro metrics@{system}` bring it"
        raise UserError(f"{spec}: {path} of that revision is not in DVC's cache ({reason}); {way_out}") from None


def compare(
    first: Sequence[pd.DataFrame], second: Sequence[pd.DataFrame], resamples: int, seed: int
) -> list[Difference]:
    """The differences of every score that both sides have, on the pictures that all tables have."""
    columns = [_columns(table) for table in common([*first, *second])]
    is_score = comparable_values()
    compared = [value for value in is_score if all(set(value.columns) <= set(run) for run in columns)]
    rng = np.random.default_rng(seed)
    sides = columns[: len(first)], columns[len(first) :]
    left, right = (_side(compared, runs, resamples, seed, rng) for runs in sides)
    differences = [_difference(value, is_score[value], left[value.name], right[value.name]) for value in compared]
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


def _side(
    compared: Sequence[Value], runs: Sequence[Columns], resamples: int, seed: int, rng: np.random.Generator
) -> dict[str, tuple[float, Array]]:
    """Of each score the mean over runs, and that of each resample, which draws runs as well as pictures."""
    drawn = [resampled(compared, columns, resamples, seed) for columns in runs]
    whole = [corpus_values(compared, totals(columns)) for columns in runs]
    picked = rng.integers(len(runs), size=(len(runs), resamples))
    side = {}
    for value in compared:
        by_run = np.stack([run[value.name] for run in drawn])  # (runs, resamples)
        mean = float(np.mean([run[value.name] for run in whole]))
        side[value.name] = mean, np.take_along_axis(by_run, picked, axis=0).mean(axis=0)
    return side


def _difference(value: Value, is_score: bool, first: tuple[float, Array], second: tuple[float, Array]) -> Difference:
    bounds = interval(first[1] - second[1])
    return Difference(value.name, first[0], second[0], bounds, _verdict(value, is_score, bounds))


def _verdict(value: Value, is_score: bool, bounds: tuple[float, float]) -> str:
    """Only an interval without zero shows a difference; a mere property, such as the length, is higher, not better."""
    low, high = bounds
    if not (low > 0 or high < 0):
        return "no difference shown"
    if not is_score:
        return "A higher" if low > 0 else "B higher"
    return "B better" if (low > 0) == value.lower_is_better else "A better"


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
