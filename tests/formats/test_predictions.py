"""Files of predictions: every row as it was given, block by block."""

import csv
import json
import weakref
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import predictions
from formats.predictions import FILES, Block, Columns, save
from stages.common.errors import UserError

EMOTIONS = ("awe", "fear")
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
# Rows of a table: a sentence, and a text to keep.
ROWS = st.lists(st.tuples(TEXT, st.none() | TEXT), min_size=1, max_size=7)


def blocks(sentences: list[str], kept: list[tuple[Any, ...]], size: int = 2) -> Iterator[Block]:
    """The n-th sentence is awe by 0, 0.1, ..."""
    for start in range(0, len(sentences), size):
        some = slice(start, start + size)
        awe = np.arange(len(sentences), dtype=np.float32)[some] / 10
        yield Block(sentences[some], np.stack([awe, 1 - awe], 1), kept[some])


def as_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def as_json(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n")[:-1]]


@settings(max_examples=150, deadline=None)
@given(ROWS)
@pytest.mark.parametrize("suffix", FILES)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, rows: list[tuple[str, str | None]]
) -> None:
    file = tmp_path_factory.mktemp("out") / f"out{suffix}"
    sentences, notes = map(list, zip(*rows, strict=True))
    columns = Columns("sentence", EMOTIONS, {"note": pa.string()})
    assert save(blocks(sentences, [(note,) for note in notes]), columns, file) == len(rows)
    readers = {".csv": as_csv, ".jsonl": as_json, ".parquet": lambda path: pq.read_table(path).to_pylist()}
    found = readers[suffix](file)
    # A CSV file has no missing values.
    expected = [note or "" for note in notes] if suffix == ".csv" else notes
    assert [(row["sentence"], row["note"]) for row in found] == list(zip(sentences, expected, strict=True))
    assert [float(row["awe"]) for row in found] == pytest.approx([number / 10 for number in range(len(rows))])
    # pandas ends a text at a zero byte.
    if suffix == ".csv" and not any("\0" in text for text in (*sentences, *expected)):
        frame = pd.read_csv(file, keep_default_na=False, dtype=str)
        assert frame["sentence"].tolist() == sentences
        assert frame["note"].tolist() == expected


def test_columns_and_numbers(tmp_path: Path) -> None:
    columns = Columns("sentence", EMOTIONS, {"id": pa.int8()})
    for suffix in FILES:
        save(
            [Block(["a sea", "no"], np.array([[2 / 3, 1 / 3], [0, 1]], np.float32), [(1,), (None,)])],
            columns,
            tmp_path / f"a{suffix}",
        )
    assert (tmp_path / "a.csv").read_bytes() == (
        b"sentence,id,emotion,awe,fear\na sea,1,awe,0.6667,0.3333\nno,,fear,0.0000,1.0000\n"
    )
    assert (tmp_path / "a.jsonl").read_bytes() == (
        b'{"sentence": "a sea", "id": 1, "emotion": "awe", "awe": 0.6667, "fear": 0.3333}\n'
        b'{"sentence": "no", "id": null, "emotion": "fear", "awe": 0.0, "fear": 1.0}\n'
    )
    table = pq.read_table(tmp_path / "a.parquet")
    assert [str(kind) for kind in table.schema.types] == ["string", "int8", "string", "float", "float"]
    assert table.column_names == ["sentence", "id", "emotion", "awe", "fear"]
    assert table["awe"].to_pylist() == [np.float32(2 / 3), 0]


@pytest.mark.parametrize(
    ("value", "kind", "text", "in_json"),
    [
        (7, pa.int64(), "7", 7),
        (0.123456789, pa.float64(), "0.123456789", 0.123456789),
        (float("-inf"), pa.float32(), "-inf", "-inf"),
        (True, pa.bool_(), "True", True),
        (date(2026, 5, 1), pa.date32(), "2026-05-01", "2026-05-01"),
        (pd.Timestamp("2026-05-01 10:00", tz="UTC"), pa.timestamp("ns", "UTC"), *["2026-05-01 10:00:00+00:00"] * 2),
        (Decimal("1.50"), pa.decimal128(5, 2), "1.50", "1.50"),
        (["a", "b"], pa.list_(pa.string()), '["a", "b"]', ["a", "b"]),
        ({"a": 1}, pa.struct([("a", pa.int8())]), '{"a": 1}', {"a": 1}),
        ("x", pa.dictionary(pa.int8(), pa.string()), "x", "x"),
        (b"x", pa.binary(), "b'x'", "b'x'"),
    ],
)
def test_values_are_kept(tmp_path: Path, value: Any, kind: pa.DataType, text: str, in_json: Any) -> None:
    columns = Columns("sentence", EMOTIONS, {"kept": kind})
    for suffix in FILES:
        save(blocks(["a", "b", "c"], [(value,), (None,), (value,)]), columns, tmp_path / f"a{suffix}")
    assert [row["kept"] for row in as_csv(tmp_path / "a.csv")] == [text, "", text]
    assert [row["kept"] for row in as_json(tmp_path / "a.jsonl")] == [in_json, None, in_json]
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.field("kept").type == kind
    assert table["kept"].to_pylist() == [value, None, value]


def test_values_of_other_files_are_text_in_parquet(tmp_path: Path) -> None:
    columns = Columns("sentence", EMOTIONS, {"kept": pa.string()})
    save(blocks(["a", "b", "c"], [(7,), (["x"],), (None,)]), columns, tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet")["kept"].to_pylist() == ["7", '["x"]', None]


@pytest.mark.parametrize("suffix", FILES)
def test_few_blocks_are_in_memory(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "ROWS", 2)
    alive: list[weakref.ref[np.ndarray]] = []

    def watched() -> Iterator[Block]:
        for number in range(20):
            assert sum(block() is not None for block in alive) <= 2
            probabilities = np.full((2, 2), 0.5, np.float32)
            alive.append(weakref.ref(probabilities))
            yield Block([f"a{number}", f"b{number}"], probabilities)
            del probabilities

    assert save(watched(), Columns("sentence", EMOTIONS), tmp_path / f"a{suffix}") == 40


@pytest.mark.parametrize("suffix", FILES)
def test_an_interrupted_run_leaves_the_former_file(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a{suffix}"
    columns = Columns("sentence", EMOTIONS)
    save(blocks(["a sea"], []), columns, file)
    before = file.read_bytes()

    def interrupted() -> Iterator[Block]:
        yield from blocks(["a", "b"], [], size=1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(interrupted(), columns, file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["sentence", "emotion", "fear"])
def test_a_column_of_the_result_is_not_kept(name: str) -> None:
    with pytest.raises(UserError, match=f"^--keep {name}: "):
        Columns("sentence", EMOTIONS, {"id": pa.string(), name: pa.string()})
