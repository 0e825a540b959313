"""The same records, whatever the file is."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.annotations.ingest import Annotation, Reject
from stages.annotations.sources import read
from stages.common.errors import UserError

CSV = "art_style,painting,emotion,utterance,repetition\nnull,nan,awe,“so” good,2\nCubism,a,joy,x,1\nCubism,a,fear,,1\n"
EXPECTED = [(1, "awe"), (2, "unknown_emotion"), (3, "empty_utterance")]


def brief(path: Path) -> list[tuple[int, str]]:
    return [(one.record, one.kind if isinstance(one, Reject) else one.emotion) for one in read(path)]


def columns(**others: pa.Array) -> dict[str, pa.Array]:
    texts = {
        "art_style": ["null", "Cubism", "Cubism"],
        "painting": ["nan", "a", "a"],
        "emotion": ["awe", "joy", "fear"],
        "utterance": ["“so” good", "x", None],
    }
    return {**{name: pa.array(values) for name, values in texts.items()}, **others}


@pytest.mark.parametrize("name", ["annotations.csv", "table.dat"])
def test_gzipped_csv_is_known_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(CSV.encode()))
    assert brief(tmp_path / name) == EXPECTED


def test_half_a_gzip_file_is_an_error(tmp_path: Path) -> None:
    content = gzip.compress((CSV * 1000).encode())
    (tmp_path / "a.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"a\.gz: no whole gzip file: .*; fetch it again$"):
        brief(tmp_path / "a.gz")


@pytest.mark.parametrize(
    "repetition", [pa.array([2, 1, 1]), pa.array(["2", "1", "1"]), pa.array([2, 1, 1], pa.uint8())]
)
def test_parquet(tmp_path: Path, repetition: pa.Array) -> None:
    path = tmp_path / "annotations.csv"
    said = columns()["utterance"].cast(pa.string_view())
    table = pa.table(columns(worker=pa.array([1.5, 2, 3]), repetition=repetition, utterance=said))
    style = table["art_style"].combine_chunks()
    pq.write_table(table.set_column(0, "art_style", style.dictionary_encode()), path)
    assert brief(path) == EXPECTED
    assert next(read(path)) == Annotation(1, "null", "nan", "awe", "“so” good", 2)


def test_parquet_without_repetition(tmp_path: Path) -> None:
    pq.write_table(pa.table(columns()), tmp_path / "a.parquet")
    assert next(read(tmp_path / "a.parquet")) == Annotation(1, "null", "nan", "awe", "“so” good", None)


def test_malformed_utf_8_in_parquet_costs_one_record(tmp_path: Path) -> None:
    bad = pa.array([b"fine", b"a caf\xe9", b"so"]).view(pa.string())
    pq.write_table(pa.table(columns(emotion=pa.array(["awe"] * 3), utterance=bad)), tmp_path / "a.parquet")
    assert brief(tmp_path / "a.parquet") == [(1, "awe"), (2, "malformed_utf8"), (3, "awe")]


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ({"emotion": pa.array([1, 2, 3])}, "column emotion is int64, allowed are strings"),
        ({"repetition": pa.array([1.0, 2.0, 3.0])}, "column repetition is double, allowed are whole numbers"),
    ],
)
def test_columns_of_another_type(tmp_path: Path, column: dict[str, pa.Array], sentence: str) -> None:
    pq.write_table(pa.table(columns(**column)), tmp_path / "a.parquet")
    with pytest.raises(UserError) as caught:
        brief(tmp_path / "a.parquet")
    assert str(caught.value) == f"{tmp_path / 'a.parquet'}: {sentence}"


def test_columns_missing_in_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"emotion": ["awe"]}), tmp_path / "a.parquet")
    with pytest.raises(UserError, match=r"no column art_style, painting, utterance; found emotion$"):
        brief(tmp_path / "a.parquet")


def test_half_a_parquet_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(UserError, match=r"a\.parquet: no whole Parquet file: .*; fetch it again$"):
        brief(tmp_path / "a.parquet")


def test_a_column_whose_name_is_broken_is_an_error(tmp_path: Path) -> None:
    # As a flipped byte in a download leaves it; pyarrow meets it before any of its own checks.
    pq.write_table(pa.table(columns()), tmp_path / "a.parquet", store_schema=False)
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole.replace(b"utterance", b"utter\xb5nce"))
    with pytest.raises(UserError, match=r"a\.parquet: no whole Parquet file: .*; fetch it again$"):
        brief(tmp_path / "a.parquet")
