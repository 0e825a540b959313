"""Counting, duplicates and the subset, on batches smaller than an artwork."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stages.annotations import ingest as module
from stages.annotations.ingest import Annotation, Census, Reject, annotations, stage
from stages.annotations.tables import REJECTS
from stages.common.files import parquet_writer


def annotation(record: int, painting: str, utterance: str = "so", repetition: int | None = None) -> Annotation:
    return Annotation(record, "null", painting, "awe", utterance, repetition)


def taken(
    folder: Path, records: list[Annotation | Reject], wanted: int = 0, seed: int = 1
) -> tuple[Census, pd.DataFrame]:
    file = io.BytesIO()
    with parquet_writer(folder / "rejects.parquet", REJECTS) as rejects:
        census = stage(records, file, rejects)
    pictured = np.arange(len(census.artworks)) % 2 == 0
    parts = annotations(file, census, census.chosen(wanted, seed), pictured)
    return census, pa.concat_tables(parts).to_pandas()


@pytest.fixture(params=[1, 2, 3, 100])
def _batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", request.param)


@pytest.mark.usefixtures("_batches")
def test_whatever_the_batches(tmp_path: Path) -> None:
    fault = Reject(4, "empty_utterance", "empty utterance", "")
    rows = [
        annotation(1, "a"),
        annotation(2, "b"),
        annotation(3, "a"),
        fault,
        annotation(5, "a", "So"),
        annotation(6, "b"),
    ]
    census, frame = taken(tmp_path, rows)
    assert frame["record"].tolist() == [1, 2, 3, 5, 6]
    assert frame["repetition"].tolist() == [3, 2, 3, 3, 2]
    assert frame["duplicate"].tolist() == [False, False, True, False, True]
    assert frame["has_picture"].tolist() == [True, False, True, True, False]
    assert (census.records, census.rejects) == (6, {"empty_utterance": 1})
    assert pd.read_parquet(tmp_path / "rejects.parquet")["record"].tolist() == [4]


def test_repetition_is_kept_where_the_file_gives_it(tmp_path: Path) -> None:
    _, frame = taken(tmp_path, [annotation(1, "a", repetition=7), annotation(2, "a", repetition=9)])
    assert frame["repetition"].tolist() == [7, 9]
    assert frame["repetition"].dtype == "int32"


def test_equal_hashes_are_no_duplicates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "hash", lambda row: 1, raising=False)
    _, frame = taken(tmp_path, [annotation(1, "a", "x"), annotation(2, "a", "y"), annotation(3, "a", "x")])
    assert frame["duplicate"].tolist() == [False, False, True]


def test_a_subset_is_of_whole_artworks_and_ignores_the_order_of_rows(tmp_path: Path) -> None:
    rows: list[Annotation | Reject] = [annotation(n + 1, f"p{n % 10}", f"u{n}") for n in range(50)]
    _, frame = taken(tmp_path, rows, wanted=3)
    assert frame["painting"].value_counts().tolist() == [5, 5, 5]
    _, backwards = taken(tmp_path, rows[::-1], wanted=3)
    assert set(backwards["painting"]) == set(frame["painting"])
    assert len({frozenset(taken(tmp_path, rows, 3, seed)[1]["painting"]) for seed in range(5)}) > 1
    assert len(taken(tmp_path, rows, wanted=99)[1]) == 50
