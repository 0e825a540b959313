"""Reading CSV, gzipped CSV and Parquet."""

import csv
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.annotations.ingest import Annotation, Reject
from stages.annotations.sources import has_emotions, read
from stages.common import text_files
from stages.common.emotions import ARTEMIS, Emotions
from stages.common.errors import UserError

HEADER = "art_style,painting,emotion,utterance,repetition\n"
CSV = HEADER + "null,nan,awe,“so” good,2\nCubism,a,joy,x,1\nCubism,a,fear,,1\n"
EXPECTED = [(1, "awe"), (2, "unknown_emotion"), (3, "empty_utterance")]


def summary(path: Path) -> list[tuple[int, str]]:
    return [
        (record.record, record.kind if isinstance(record, Reject) else record.emotion) for record in read(path, ARTEMIS)
    ]


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
    assert summary(tmp_path / name) == EXPECTED


def test_half_a_gzip_file_is_an_error(tmp_path: Path) -> None:
    content = gzip.compress((CSV * 1000).encode())
    (tmp_path / "a.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"a\.gz: incomplete or damaged gzip file"):
        summary(tmp_path / "a.gz")


@pytest.mark.parametrize(
    "repetition",
    [
        *(pa.array([2, 1, 1]), pa.array(["2", "1", "1"]), pa.array([2, 1, 1], pa.uint8()), pa.array([2.0, 1.0, 1.0])),
        *(pa.array([2, None, 1.0], pa.float32()), pa.array([2, 1, 1], pa.decimal128(5, 2))),
    ],
)
def test_parquet(tmp_path: Path, repetition: pa.Array) -> None:
    path = tmp_path / "annotations.csv"
    utterance = columns()["utterance"].cast(pa.string_view())
    table = pa.table(columns(worker=pa.array([1.5, 2, 3]), repetition=repetition, utterance=utterance))
    style = table["art_style"].combine_chunks()
    pq.write_table(table.set_column(0, "art_style", style.dictionary_encode()), path)
    assert summary(path) == EXPECTED
    assert next(read(path, ARTEMIS)) == Annotation(1, "null", "nan", "awe", "“so” good", 2)


def test_parquet_without_repetition(tmp_path: Path) -> None:
    pq.write_table(pa.table(columns()), tmp_path / "a.parquet")
    assert next(read(tmp_path / "a.parquet", ARTEMIS)) == Annotation(1, "null", "nan", "awe", "“so” good", None)


def test_floats_of_pandas_are_counts_and_nan_is_none(tmp_path: Path) -> None:
    repetition = pa.array([2.0, float("nan"), 2.5])
    pq.write_table(pa.table(columns(emotion=["awe"] * 3, utterance=["so"] * 3, repetition=repetition)), tmp_path / "a")
    first, second, third = read(tmp_path / "a", ARTEMIS)
    assert isinstance(first, Annotation)
    assert isinstance(second, Annotation)
    assert (first.repetition, second.repetition) == (2, None)
    assert isinstance(third, Reject)
    assert (third.kind, third.reason) == ("repetition", "repetition '2.5' is not a count")


def test_malformed_utf_8_in_parquet_costs_one_record(tmp_path: Path) -> None:
    bad = pa.array([b"fine", b"a caf\xe9", b"so"]).view(pa.string())
    pq.write_table(pa.table(columns(emotion=pa.array(["awe"] * 3), utterance=bad)), tmp_path / "a.parquet")
    assert summary(tmp_path / "a.parquet") == [(1, "awe"), (2, "malformed_utf8"), (3, "awe")]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"emotion": pa.array([1, 2, 3])}, "column emotion is int64; allowed: strings"),
        ({"split": pa.array([0, 1, 2])}, "column split is int64; allowed: strings"),
        ({"repetition": pa.array([True, True, False])}, "column repetition is bool; allowed: whole numbers"),
    ],
)
def test_columns_of_another_type(tmp_path: Path, column: dict[str, pa.Array], message: str) -> None:
    pq.write_table(pa.table(columns(**column)), tmp_path / "a.parquet")
    with pytest.raises(UserError) as caught:
        summary(tmp_path / "a.parquet")
    assert str(caught.value) == f"{tmp_path / 'a.parquet'}: {message}"


def test_columns_missing_in_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"emotion": ["awe"]}), tmp_path / "a.parquet")
    with pytest.raises(UserError, match=r"no column art_style, painting, utterance; found emotion$"):
        summary(tmp_path / "a.parquet")


def test_half_a_parquet_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(UserError, match=r"a\.parquet: incomplete or damaged Parquet file"):
        summary(tmp_path / "a.parquet")


def test_a_column_whose_name_is_broken_is_an_error(tmp_path: Path) -> None:
    # As after a flipped byte in a download; pyarrow reads the name before its checks.
    pq.write_table(pa.table(columns()), tmp_path / "a.parquet", store_schema=False)
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole.replace(b"utterance", b"utter\xb5nce"))
    with pytest.raises(UserError, match=r"a\.parquet: incomplete or damaged Parquet file"):
        summary(tmp_path / "a.parquet")


def parse(tmp_path: Path, text: str | bytes) -> list[Annotation | Reject]:
    file = tmp_path / "annotations.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read(file, ARTEMIS))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_inside_quotes_belong_to_the_utterance(tmp_path: Path, end: str) -> None:
    text = f'Cubism,a,awe,"so ""good"",{end}so calm",1'
    records = parse(tmp_path, HEADER.replace("\n", end) + text + end + "Cubism,b,fear,dark,2" + end)
    assert records == [
        Annotation(1, "Cubism", "a", "awe", f'so "good",{end}so calm', 1),
        Annotation(2, "Cubism", "b", "fear", "dark", 2),
    ]


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path: Path) -> None:
    assert parse(tmp_path, b"\xef\xbb\xbf" + HEADER.encode() + b"Cubism,a,awe,so good,1") == [
        Annotation(1, "Cubism", "a", "awe", "so good", 1)
    ]


def test_columns_in_any_order_with_others_among_them(tmp_path: Path) -> None:
    records = parse(tmp_path, "emotion,worker,utterance,painting,art_style\nawe,w7,so good,a,Cubism\n")
    assert records == [Annotation(1, "Cubism", "a", "awe", "so good", None)]


def test_an_utterance_longer_than_the_csv_module_allows_by_default(tmp_path: Path) -> None:
    records = parse(tmp_path, HEADER + f"Cubism,a,awe,{'x' * 200_000},1\n")
    assert isinstance(records[0], Annotation)
    assert len(records[0].utterance) == 200_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty; expected a table with the columns art_style, painting, utterance"),
        ("art_style,painting,emotion\n", "no column utterance; found art_style, painting, emotion"),
        ("style,painting,emotion,text\n", "no column art_style, utterance; found style, painting, emotion, text"),
        (
            "art_style;painting;emotion;utterance\n",
            "no column art_style, painting, utterance; found art_style;painting;emotion;utterance "
            "in one field; fields must be separated by commas",
        ),
        ("\n", "no column art_style, painting, utterance; found "),
        # A data set must not lose its emotions by a typing error.
        (
            "art_style,painting,emotions,utterance\n",
            "unknown column 'emotions'; did you mean emotion? rename or remove it",
        ),
        ("art_style,painting,Split,utterance\n", "unknown column 'Split'; did you mean split? rename or remove it"),
    ],
)
def test_a_file_without_the_columns_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(tmp_path, content)
    assert str(caught.value) == f"{tmp_path / 'annotations.csv'}: {message}"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_an_error(tmp_path: Path, codec: str) -> None:
    with pytest.raises(UserError, match=r"annotations\.csv: UTF-16, expected UTF-8"):
        parse(tmp_path, f"\ufeff{HEADER}".encode(codec))


def test_a_field_without_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "MAX_FIELD", 1000)
    text = HEADER + 'Cubism,a,awe,so good,1\nCubism,b,awe,"' + "far too long\n" * 200
    limit = csv.field_size_limit()
    with pytest.raises(UserError, match=r"annotations\.csv: invalid CSV from line 7\d on: field larger than"):
        parse(tmp_path, text)
    csv.field_size_limit(limit)


def test_the_message_about_an_unclosed_quote_names_the_line_of_its_record(tmp_path: Path) -> None:
    text = HEADER + 'Cubism,a,awe,"so\ngood",1\nCubism,b,awe,"so good,1\nCubism,c,awe,dark,1\n'
    with pytest.raises(UserError, match=r"annotations\.csv: a quote in the record that starts in line 4 is never"):
        parse(tmp_path, text)


def test_an_open_quote_that_the_next_one_closes_costs_the_lines_between(tmp_path: Path) -> None:
    records = parse(tmp_path, HEADER + 'Cubism,a,awe,"open,1\nCubism,b,awe,"dark",1\nCubism,c,awe,grey,1\n')
    row = 'Cubism,a,awe,"open,1\nCubism,b,awe,"dark",1'
    assert records == [
        Reject(1, "quoting", "text after a closing quote", row),
        Annotation(2, "Cubism", "c", "awe", "grey", 1),
    ]


def test_trailing_blank_lines_are_no_records(tmp_path: Path) -> None:
    good = "Cubism,a,awe,so good,1\n"
    assert len(parse(tmp_path, HEADER + good + "\n\r\n\n")) == 1
    records = parse(tmp_path, HEADER + good + "\n\n" + good + "\n")
    assert [(record.record, type(record)) for record in records] == [
        (1, Annotation),
        (2, Reject),
        (3, Reject),
        (4, Annotation),
    ]


def test_a_repeated_column_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"more than one column emotion; keep one$"):
        parse(tmp_path, "art_style,painting,emotion,emotion,utterance\n")


def test_a_file_has_emotions_if_one_of_its_rows_has(tmp_path: Path) -> None:
    file = tmp_path / "annotations.csv"
    for text, expected in (
        ("art_style,painting,utterance\nCubism,a,so good\n", False),
        ("art_style,painting,emotion,utterance\nCubism,a,,so good\nCubism,b, ,so calm\n", False),
        ("art_style,painting,emotion,utterance\nCubism,a,,so good\nCubism,b,awe,so calm\n", True),
    ):
        file.write_text(text, encoding="utf-8")
        assert has_emotions(file) is expected
    columns_without = {name: values for name, values in columns().items() if name != "emotion"}
    pq.write_table(pa.table({**columns_without, "emotion": pa.nulls(3)}), tmp_path / "a.parquet")
    assert not has_emotions(tmp_path / "a.parquet")


def test_without_emotions_the_column_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "annotations.csv"
    file.write_text("utterance,painting,art_style\nso good,a,Cubism\n", encoding="utf-8")
    assert list(read(file, Emotions({}))) == [Annotation(1, "Cubism", "a", None, "so good", None)]


def test_the_split_of_a_row_is_kept_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "annotations.csv"
    rows = "Cubism,a,awe,so good,validation\nCubism,b,awe,so calm, \n"
    file.write_text(f"art_style,painting,emotion,utterance,split\n{rows}", encoding="utf-8")
    assert [record.split for record in read(file, ARTEMIS) if isinstance(record, Annotation)] == ["validation", None]


def test_other_labels(tmp_path: Path) -> None:
    file = tmp_path / "annotations.csv"
    file.write_text("art_style,painting,emotion,utterance\nCubism,a,joy,so\nCubism,a,awe,so\n", encoding="utf-8")
    first, second = read(file, Emotions({"joy": "positive", "grief": "negative"}))
    assert isinstance(first, Annotation)
    assert isinstance(second, Reject)
    assert second.reason == "unknown emotion 'awe'; known are joy, grief"


@pytest.mark.parametrize(
    ("emotion", "reason"),
    [
        (" ", "no emotion, but other records have one; give it one, or leave the column out"),
        (
            "joy ",
            "unknown emotion 'joy '; known are joy, \u00e9moi; it differs from one of them in spaces or in its form",
        ),
        ("e\u0301moi", "unknown emotion 'e\u0301moi'; known are joy, \u00e9moi; it differs from one of them in spaces"),
    ],
)
def test_a_label_that_is_nearly_one_is_told(tmp_path: Path, emotion: str, reason: str) -> None:
    file = tmp_path / "annotations.csv"
    file.write_text(f"art_style,painting,emotion,utterance\nCubism,a,{emotion},so\n", encoding="utf-8")
    (record,) = read(file, Emotions({"joy": "positive", "\u00e9moi": "else"}))
    assert isinstance(record, Reject)
    assert record.reason.startswith(reason)
