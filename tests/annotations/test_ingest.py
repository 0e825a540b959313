"""Validation of records, and both passes over them, on batches smaller than an artwork."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stages.annotations import ingest
from stages.annotations.ingest import REJECT_KINDS, Annotation, Census, Reject, first_pass, second_pass
from stages.annotations.sources import read as read_file
from stages.annotations.tables import REJECTS
from stages.common.emotions import ARTEMIS
from stages.common.files import parquet_writer

HEADER = "art_style,painting,emotion,utterance,repetition\n"
KNOWN = "amusement, awe, contentment, excitement, anger, disgust, fear, sadness, something else"


def read(tmp_path: Path, text: str | bytes) -> list[Annotation | Reject]:
    file = tmp_path / "annotations.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_file(file, ARTEMIS))


def only(tmp_path: Path, row: str | bytes) -> Annotation | Reject:
    """The one record of a file with a good row before it and one behind."""
    good = b"Cubism,guernica,fear,all is broken,2\n"
    row = row if isinstance(row, bytes) else row.encode()
    first, middle, last = read(tmp_path, HEADER.encode() + good + row + b"\n" + good)
    assert first == Annotation(1, "Cubism", "guernica", "fear", "all is broken", 2)
    assert last == Annotation(3, "Cubism", "guernica", "fear", "all is broken", 2)
    return middle


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Cubism,a,joy,so good,1", f"unknown emotion 'joy'; known are {KNOWN}"),
        ("Cubism,a,Awe,so good,1", f"unknown emotion 'Awe'; known are {KNOWN}"),
        ("Cubism,a,awe,,1", "empty utterance"),
        ('Cubism,a,awe," \n\t",1', "empty utterance"),
        ("Cubism,a,awe,\u200b,1", "empty utterance"),
        ("Cubism,a,awe,\u00a0\ufeff\u00ad,1", "empty utterance"),
        ("Cubism,a,awe,&nbsp;,1", "empty utterance"),
        ("Cubism,a,awe,so good", "4 fields where the header has 5"),
        ("Cubism,a,awe,so, so good,1", "6 fields where the header has 5"),
        ("", "0 fields where the header has 5"),
        ("../x,a,awe,so good,1", "art_style '../x' would leave the picture folder"),
        ("Cubism,a/b,awe,so good,1", "painting 'a/b' would leave the picture folder"),
        ("Cubism,a\\b,awe,so good,1", "painting 'a\\\\b' would leave the picture folder"),
        ("Cubism,..,awe,so good,1", "painting '..' would leave the picture folder"),
        (".,a,awe,so good,1", "art_style '.' would leave the picture folder"),
        ("Cubism,a\0b,awe,so good,1", "painting 'a\\x00b' would leave the picture folder"),
        (",a,awe,so good,1", "empty art_style"),
        ("Cubism,,awe,so good,1", "empty painting"),
        ("Cubism,a,awe,so good,x", "repetition 'x' is not a count"),
        ("Cubism,a,awe,so good,-1", "repetition '-1' is not a count"),
        ("Cubism,a,awe,so good,2.5", "repetition '2.5' is not a count"),
        ("Cubism,a,awe,so good,²", "repetition '²' is not a count"),
        # It would not fit into the table's 32 bits.
        ("Cubism,a,awe,so good,4294967297", "repetition '4294967297' is not a count"),
    ],
)
def test_an_invalid_record_is_rejected(tmp_path: Path, row: str, reason: str) -> None:
    reject = only(tmp_path, row)
    assert isinstance(reject, Reject)
    assert (reject.record, reject.reason) == (2, reason)
    assert reject.row == row.replace('"', "")
    assert reject.kind in REJECT_KINDS


@pytest.mark.parametrize(
    ("repetition", "count"), [("2", 2), ("2.0", 2), ("12.00", 12), (" 5", 5), ("", None), (" ", None), ("0.0", 0)]
)
def test_counts_as_pandas_writes_them(tmp_path: Path, repetition: str, count: int | None) -> None:
    record = only(tmp_path, f"Cubism,a,awe,so good,{repetition}")
    assert record == Annotation(2, "Cubism", "a", "awe", "so good", count)


def test_malformed_utf_8_costs_one_record(tmp_path: Path) -> None:
    reject = only(tmp_path, b"Cubism,a,awe,a caf\xe9 at night,1")
    assert reject == Reject(2, "malformed_utf8", "malformed UTF-8", "Cubism,a,awe,a caf\\xe9 at night,1")


@pytest.mark.parametrize("name", ["null", "nan", "NA", "None", "0", "joaquã\u00adn-sorolla", "-", "x.y", "..x", "名"])
def test_names_that_look_like_missing_values_stay(tmp_path: Path, name: str) -> None:
    expected = Annotation(2, name, name, "something else", "null", 1)
    assert only(tmp_path, f"{name},{name},something else,null,1") == expected


def test_the_reject_of_an_excluded_record_has_no_text(tmp_path: Path) -> None:
    file = tmp_path / "annotations.csv"
    file.write_text(HEADER + "Cubism,a,awe,one,1\nCubism,b,joy,two,1\nCubism,b,awe,three,1,9\nCubism,c,awe,four,1\n")

    def excluded(record: int, artwork: tuple[str, str] | None) -> str | None:
        return "asked for" if record == 4 or artwork == ("Cubism", "b") else None

    assert list(read_file(file, ARTEMIS, excluded)) == [
        Annotation(1, "Cubism", "a", "awe", "one", 1),
        *(Reject(record, "excluded", "excluded: asked for", "") for record in (2, 3, 4)),
    ]


def annotation(record: int, painting: str, utterance: str = "so", repetition: int | None = None) -> Annotation:
    return Annotation(record, "null", painting, "awe", utterance, repetition)


def ingest_all(
    folder: Path, records: list[Annotation | Reject], size: int = 0, seed: int = 1
) -> tuple[Census, pd.DataFrame]:
    file = io.BytesIO()
    with parquet_writer(folder / "rejects.parquet", REJECTS) as rejects:
        census = first_pass(records, file, rejects)
    pictured = np.arange(len(census.artworks)) % 2 == 0
    parts = second_pass(file, census, census.sample(size, seed), pictured)
    return census, pa.concat_tables(parts).to_pandas()


@pytest.fixture(params=[1, 2, 3, 100])
def _batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH", request.param)


@pytest.mark.usefixtures("_batches")
def test_results_do_not_depend_on_the_batches(tmp_path: Path) -> None:
    fault = Reject(4, "empty_utterance", "empty utterance", "")
    rows = [
        annotation(1, "a"),
        annotation(2, "b"),
        annotation(3, "a"),
        fault,
        annotation(5, "a", "So"),
        annotation(6, "b"),
    ]
    census, frame = ingest_all(tmp_path, rows)
    assert frame["record"].tolist() == [1, 2, 3, 5, 6]
    assert frame["repetition"].tolist() == [3, 2, 3, 3, 2]
    assert frame["duplicate"].tolist() == [False, False, True, False, True]
    assert frame["has_picture"].tolist() == [True, False, True, True, False]
    assert (census.records, census.rejects) == (6, {"empty_utterance": 1})
    assert pd.read_parquet(tmp_path / "rejects.parquet")["record"].tolist() == [4]


def test_repetition_of_the_file_is_kept(tmp_path: Path) -> None:
    _, frame = ingest_all(tmp_path, [annotation(1, "a", repetition=7), annotation(2, "a", repetition=9)])
    assert frame["repetition"].tolist() == [7, 9]
    assert frame["repetition"].dtype == "int32"


@pytest.mark.usefixtures("_batches")
def test_rows_that_give_no_repetition(tmp_path: Path) -> None:
    rows: list[Annotation | Reject] = [
        *(annotation(1, "a", repetition=7), annotation(2, "b"), annotation(3, "a"), annotation(4, "b")),
        annotation(5, "c", repetition=3),
    ]
    _, frame = ingest_all(tmp_path, rows)
    assert frame["repetition"].tolist() == [7, 2, 7, 2, 3]


def test_texts_with_equal_hashes_are_no_duplicates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "hash", lambda row: 1, raising=False)
    _, frame = ingest_all(tmp_path, [annotation(1, "a", "x"), annotation(2, "a", "y"), annotation(3, "a", "x")])
    assert frame["duplicate"].tolist() == [False, False, True]


def test_a_subset_has_whole_artworks_and_ignores_the_order_of_rows(tmp_path: Path) -> None:
    rows: list[Annotation | Reject] = [annotation(n + 1, f"p{n % 10}", f"u{n}") for n in range(50)]
    _, frame = ingest_all(tmp_path, rows, size=3)
    assert frame["painting"].value_counts().tolist() == [5, 5, 5]
    _, backwards = ingest_all(tmp_path, rows[::-1], size=3)
    assert set(backwards["painting"]) == set(frame["painting"])
    assert len({frozenset(ingest_all(tmp_path, rows, 3, seed)[1]["painting"]) for seed in range(5)}) > 1
    assert len(ingest_all(tmp_path, rows, size=99)[1]) == 50
