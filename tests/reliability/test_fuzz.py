"""A short, seeded run of the fuzzer; `make soak` runs the long one."""

import itertools

import pytest

from tests.reliability.fuzz import TARGETS, rounds


@pytest.mark.parametrize(
    ("name", "files"),
    [
        *(("tables", 400), ("params", 10), ("pickles", 1000), ("checkpoints", 100), ("pictures", 200)),
        *(("rows", 200), ("sentences", 200), ("resources", 200), ("captions", 200)),
        *(("lists", 300), ("names", 30)),
    ],
)
def test_mutated_files_give_a_result_or_an_error(name: str, files: int) -> None:
    assert name in TARGETS
    outcomes = [outcome for _, outcome in itertools.islice(rounds(name, 1), files)]
    faults = [outcome for outcome in outcomes if outcome not in ("accepted", "rejected")]
    assert not faults, faults[0]
