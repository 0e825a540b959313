"""python -m commands.compare A B: whether one system scores higher than another, with 95 % intervals.

A and B are systems of this study (captions, neighbor_captions, anp_captions, human), or
<revision or experiment>:<system> for the captions of another commit, branch or DVC
experiment; or several of these, separated by commas, for runs that differ by their seed.

The comparison is paired: both sides are scored on the pictures that both have, and each
bootstrap resample draws the same pictures for both (and, of several runs, some of them).
A side is called better only when the interval of the difference is clear of zero.
"""

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass

import dvc.api
import numpy as np
import pandas as pd
import pyarrow as pa
from dvc.exceptions import DvcException
from dvc.scm import SCMError

from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.params import load
from stages.metrics.bootstrap import corpus_values, interval, resampled, totals
from stages.metrics.evaluate import ALL, RESAMPLES, values
from stages.metrics.interface import CAPTIONS, Columns, Value
from stages.metrics.joint_table import markdown
from stages.metrics.ngrams import Array
from stages.metrics.pairing import ARTWORK
from stages.metrics.params import Params
from stages.metrics.tables import SYSTEMS, pictures_file, read_pictures


@dataclass(frozen=True)
class Difference:
    """Of one value: both sides, the first less the second, its interval, and what may be said of it."""

    name: str
    first: float
    second: float
    bounds: tuple[float, float]
    verdict: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for side in ("A", "B"):
        parser.add_argument(side, help="system, revision:system, or several separated by commas")
    asked = parser.parse_args()
    seed = load(Params).seed
    first, second = ([read(one) for one in side.split(",")] for side in (asked.A, asked.B))
    found = compare(first, second, RESAMPLES, seed)
    pictures = len(common([*first, *second])[0])
    print(f"{pictures:,} pictures that both sides have, {RESAMPLES:,} resamples\n")
    print(markdown(table(found, asked.A, asked.B)))
    return 0


def read(spec: str) -> pd.DataFrame:
    """The scored pictures of `<system>` or `<revision>:<system>`.

    Raises:
        UserError: no such system or revision, or its table is neither here nor in DVC's cache.
    """
    revision, _, system = spec.strip().rpartition(":")
    if system not in SYSTEMS:
        raise UserError(f"{spec}: {system!r} is no system; there are {', '.join(SYSTEMS)}")
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
        said = " ".join(str(error).split())
        way = f"`dvc fetch` or `dvc exp apply {revision}` and `dvc repro metrics@{system}` bring it"
        raise UserError(f"{spec}: {path} of that revision is not in DVC's cache ({said}); {way}") from None


def compare(
    first: Sequence[pd.DataFrame], second: Sequence[pd.DataFrame], resamples: int, seed: int
) -> list[Difference]:
    """Every value that both sides have, on the pictures that all tables have."""
    tables = common([*first, *second])
    columns = [_columns(table) for table in tables]
    judged = values()
    chosen = [value for value in judged if all(set(value.columns) <= set(own) for own in columns)]
    rng = np.random.default_rng(seed)
    sides = [_side(chosen, own, resamples, seed, rng) for own in (columns[: len(first)], columns[len(first) :])]
    found = [_difference(value, judged[value], *(one[value.name] for one in sides)) for value in chosen]
    # Where no caption of one side qualifies there is nothing to compare.
    return [one for one in found if np.isfinite(one.first - one.second)]


def common(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The rows of the pictures that all have, in one order.

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
    found = {str(name): numbers[name].to_numpy(float) for name in numbers}
    return {**found, CAPTIONS: ones, f"{ALL}.{CAPTIONS}": ones}


def _side(
    chosen: Sequence[Value], runs: Sequence[Columns], resamples: int, seed: int, rng: np.random.Generator
) -> dict[str, tuple[float, Array]]:
    """Of each value the mean over runs, and that of each resample, in which runs are drawn as pictures are."""
    drawn = [resampled(chosen, columns, resamples, seed) for columns in runs]
    whole = [corpus_values(chosen, totals(columns)) for columns in runs]
    picked = rng.integers(len(runs), size=(len(runs), resamples))
    found = {}
    for value in chosen:
        each = np.stack([one[value.name] for one in drawn])  # (runs, resamples)
        mean = float(np.mean([one[value.name] for one in whole]))
        found[value.name] = mean, np.take_along_axis(each, picked, axis=0).mean(axis=0)
    return found


def _difference(value: Value, judged: bool, first: tuple[float, Array], second: tuple[float, Array]) -> Difference:
    bounds = interval(first[1] - second[1])
    return Difference(value.name, first[0], second[0], bounds, _verdict(value, judged, bounds))


def _verdict(value: Value, judged: bool, bounds: tuple[float, float]) -> str:
    """Only an interval clear of zero shows a difference; a mere property, such as the length, is higher, not better."""
    low, high = bounds
    if not (low > 0 or high < 0):
        return "no difference shown"
    if not judged:
        return "A higher" if low > 0 else "B higher"
    return "B better" if (low > 0) == value.lower_is_better else "A better"


def table(found: Sequence[Difference], first: str, second: str) -> pd.DataFrame:
    """The differences as text."""
    rows = [
        [
            *(f"{one.first:.4f}", f"{one.second:.4f}", f"{one.first - one.second:+.4f}"),
            *(f"[{one.bounds[0]:+.4f}, {one.bounds[1]:+.4f}]", one.verdict),
        ]
        for one in found
    ]
    names = [f"A: {first}", f"B: {second}", "A - B", "95 % interval", "verdict"]
    return pd.DataFrame(rows, columns=pd.Index(names), index=[one.name for one in found])


if __name__ == "__main__":
    tool(main)
