"""Tables that people hand in: what is read, and where a message points."""

import csv
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.errors import UserError
from stages.common.table_reader import column_types, is_table, objects, read
from stages.common.table_rows import Column, whole
from stages.common.text_files import read_json, text_lines

COLUMNS = [Column("picture", ("image_file",)), Column("caption"), Column("emotion", required=False)]


def rows(path: Path, **options: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(row.place, row.values) for row in read(path, COLUMNS, **options)]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "picture,other,caption\nx.jpg,1,a sea\n"),
        ("a.csv", "\ufeffcaption,picture\r\na sea,x.jpg\r\n\r\n"),
        ("a.tsv", "picture\tcaption\nx.jpg\ta sea\n"),
        ("a.csv", "picture\tcaption\nx.jpg\ta sea\n"),
        ("a.json", '\ufeff[{"picture": "x.jpg", "caption": "a sea"}]'),
        ("a.jsonl", '\ufeff{"picture": "x.jpg", "caption": "a sea"}\n\n'),
        ("a.csv", "image_file,caption\nx.jpg,a sea\n"),
        # A file of commas under the name of tabs, and the reverse.
        ("a.tsv", "picture,caption\nx.jpg,a sea\n"),
        ("a.TSV", "picture\ta, b\tcaption\nx.jpg\t1\ta sea\n"),
        ("a.csv.gz", gzip.compress(b"picture,caption\nx.jpg,a sea\n")),
        ("a.tsv.gz", gzip.compress(b"picture\ta, b\tcaption\nx.jpg\t1\ta sea\n")),
        ("a.json.gz", gzip.compress(b'[{"picture": "x.jpg", "caption": "a sea"}]')),
        ("a.jsonl.gz", gzip.compress(b'{"picture": "x.jpg", "caption": "a sea"}')),
    ],
)
def test_the_same_row_in_each_format(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = written(tmp_path, name, content)
    ((place, values),) = rows(path)
    assert values == {"picture": "x.jpg", "caption": "a sea"}
    assert place == {".json": "row 1", ".jsonl": "line 1"}.get(Path(name.removesuffix(".gz")).suffix, "line 2")
    assert is_table(path)


def test_what_is_no_table(tmp_path: Path) -> None:
    assert not is_table(written(tmp_path, "a.txt", "a sea"))
    pq.write_table(pa.table({"picture": ["x"]}), tmp_path / "b.txt")
    assert is_table(tmp_path / "b.txt")


def test_parquet_with_a_text_index(tmp_path: Path) -> None:
    frame = pd.DataFrame({"picture": ["x.jpg", "y.jpg"], "caption": ["a sea", None]}).set_index("picture")
    frame.to_parquet(tmp_path / "a.parquet")
    assert rows(tmp_path / "a.parquet") == [
        ("row 1", {"picture": "x.jpg", "caption": "a sea"}),
        ("row 2", {"picture": "y.jpg", "caption": None}),
    ]


def test_a_json_object_of_captions(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", '{"x.jpg": "a sea", "y.jpg": ["a", "tree"]}')
    assert [values for _, values in rows(path, mapping=("picture", "caption"))] == [
        {"picture": "x.jpg", "caption": "a sea"},
        {"picture": "y.jpg", "caption": ["a", "tree"]},
    ]
    with pytest.raises(UserError, match="list of objects"):
        rows(path)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_bare_values(tmp_path: Path, name: str) -> None:
    values = [json.dumps(value) for value in ("a sea", ["a", "tree"], 5)]
    path = written(tmp_path, name, f"[{', '.join(values)}]" if name == "a.json" else "\n".join(values))
    read_back = [row.values["caption"] for row in read(path, [Column("caption")], bare="caption")]
    assert read_back == ["a sea", ["a", "tree"], 5]
    with pytest.raises(UserError, match=r"(row|line) 1: 'a sea'; expected an object"):
        list(read(path, [Column("caption")]))


def test_columns_of_json_lines_are_the_keys_of_all_objects(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"picture": "x"}\n\n{"caption": "a"}\n{"emotion": "awe", "picture": "y"}\n')
    assert rows(path) == [
        ("line 1", {"picture": "x", "caption": None, "emotion": None}),
        ("line 3", {"picture": None, "caption": "a", "emotion": None}),
        ("line 4", {"picture": "y", "caption": None, "emotion": "awe"}),
    ]


def test_one_column_of_a_file_may_be_read_under_two_names(tmp_path: Path) -> None:
    pq.write_table(pa.table({"caption": ["a sea"]}), tmp_path / "a.parquet")
    files = [written(tmp_path, "a.csv", "caption\na sea\n"), written(tmp_path, "a.jsonl", '{"caption": "a sea"}')]
    for path in (*files, tmp_path / "a.parquet"):
        (row,) = read(path, [Column("text", ("caption",)), Column("caption")])
        assert row.values == {"text": "a sea", "caption": "a sea"}


def test_the_types_of_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": pa.array([1], pa.int8()), "text": ["a"]}), tmp_path / "a.parquet")
    assert column_types(tmp_path / "a.parquet") == {"id": pa.int8(), "text": pa.string()}
    assert column_types(written(tmp_path, "a.csv", "id,text\n1,a\n")) == {}


@pytest.mark.parametrize("value", ["half \ud800", ["half \ud800"], {"half \ud800": 1}])
def test_a_value_that_utf8_cannot_hold(tmp_path: Path, value: Any) -> None:
    path = written(tmp_path, "a.json", json.dumps([{"n": 5}, {"n": ["\u2028", 2.5, None]}, {"n": value}]))
    first, second, third = read(path, [Column("n")])
    assert (first.value("n"), second.value("n")) == (5, ["\u2028", 2.5, None])
    with pytest.raises(UserError, match="row 3: n has characters that are not UTF-8"):
        third.value("n")


def test_a_closed_table_has_no_other_columns(tmp_path: Path) -> None:
    for name, content in (("a.csv", "picture,caption,note\nx,a,b\n"), ("a.jsonl", '{"caption": "a", "note": 1}')):
        columns = [Column("picture", ("image_file",), required=False), Column("caption")]
        with pytest.raises(UserError, match="unknown column 'note'; allowed: picture or image_file, caption"):
            list(read(written(tmp_path, name, content), columns, closed=True))


def test_the_way_out_of_a_column_that_the_person_names(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,Note\n1,a\n")
    with pytest.raises(UserError, match=r"no column notes; found id, Note; did you mean 'Note'\?; use --column"):
        list(read(path, [Column("notes", way_out="use --column")]))


def test_json_that_is_no_table(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", '\ufeff{"rows": [{"n": 1}, {"n": 2.5}]}')
    content = read_json(path)
    places = [(f"rows, row {number}", value) for number, value in enumerate(content["rows"], start=1)]
    assert [row.number("n") for row in objects(path, [Column("n")], places)] == [1, 2.5]
    with pytest.raises(UserError, match=r"a\.json, rows, row 2: 3; expected an object"):
        list(objects(path, [Column("n")], [*places[:1], ("rows, row 2", 3)]))
    with pytest.raises(UserError, match=r"a\.json: the file is empty"):
        read_json(written(tmp_path, "a.json", " \n"))


@pytest.mark.parametrize("value", [None, "", "x", "nan", "4,8", "1e999", True, [1], {"n": 1}, float("inf")])
def test_no_number(tmp_path: Path, value: Any) -> None:
    path = written(tmp_path, "a.json", json.dumps([{"n": "2.5"}, {"n": value}]))
    first, second = read(path, [Column("n")])
    assert first.number("n") == 2.5
    with pytest.raises(UserError, match="row 2: n is "):
        second.number("n")


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.csv", "", "empty"),
        ("a.csv", "\n", "empty"),
        ("a.csv", "picture;caption\nx.jpg;a sea\n", "commas"),
        ("a.csv", "Picture,caption\nx.jpg,a sea\n", "did you mean picture"),
        ("a.csv", "picture,capton\nx.jpg,a sea\n", "did you mean caption"),
        ("a.csv", "picture,caption, emotion\nx.jpg,a sea,fear\n", "did you mean emotion"),
        ("a.csv", "picture,title\nx.jpg,a sea\n", "no column caption"),
        ("a.csv", ",".join(f"c{number}" for number in range(5000)), "and 4,988 others"),
        ("a.csv", "\x1b[31mred,b\n", r"found '\x1b[31mred', b"),
        ("a.csv", "picture,caption\n".encode("utf-16-le"), "zero bytes"),
        ("a.csv", b"PK\x03\x04\x14\x00", "spreadsheet"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1", "spreadsheet"),
        ("a.tsv", "picture;caption\nx.jpg;a sea\n", "one field"),
        ("a.csv", "picture,picture,caption\nx.jpg,y.jpg,a sea\n", "more than one column picture"),
        ("a.csv", "picture,caption\nx.jpg,a sea,\n", "line 2: 3 fields"),
        ("a.csv", 'picture,caption\n"x\ny.jpg",a sea\nz.jpg\n', "line 4: 1 fields"),
        ("a.csv", 'picture,caption\nx.jpg,"a sea\ny.jpg,a tree\n', "line 2 is never closed"),
        ("a.csv", 'picture,caption\nx.jpg,"a sea\ny.jpg,"a tree"\n', "line 2: text after a closing quote"),
        ("a.csv", "picture,caption\nx.jpg,a sea\n".encode("utf-16"), "UTF-16"),
        ("a.parquet", b"PAR1", "damaged"),
        ("a.parquet", "picture,caption\nx.jpg,a sea\n", "damaged"),
        ("a.json", "[", "line 1"),
        ("a.json", "\n[{]", "line 2"),
        ("a.json", "[1]", "row 1"),
        ("a.json", "3", "list of objects"),
        ("a.json", '{"picture": {"0": "x"}, "caption": {"0": "a"}}', "orient='records'"),
        ("a.json", '{"picture": ["x"], "caption": ["a"]}', "orient='records'"),
        ("a.json", '{"picture": "x", "caption": "a"}\n{"picture": "y", "caption": "b"}\n', ".jsonl"),
        ("a.json", "[" * 100_000, "invalid JSON"),
        ("a.json", '[{"picture": "x", "picture": "y", "caption": "a"}]', "twice"),
        ("a.jsonl", '{"picture": "x", "caption": "a"}\n{', "line 2"),
        ("a.jsonl", '{"picture": "x", "caption": "a"}\n[]', "line 2"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, content: str | bytes, named: str) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(UserError) as error:
        rows(path)
    assert str(path) in str(error.value)
    assert named in str(error.value)


def test_folders_and_absent_files(tmp_path: Path) -> None:
    for path, named in ((tmp_path, "folder"), (tmp_path / "b.csv", "no such file"), (Path("a\0.csv"), "opened")):
        with pytest.raises(UserError, match=named):
            rows(path)


@pytest.mark.parametrize(
    "value", ["", " ", "\u200b&nbsp;", None, 3, ["a", "sea"], {"a": 1}, "half \ud800", float("nan")]
)
def test_no_text(tmp_path: Path, value: Any) -> None:
    path = written(
        tmp_path, "a.json", json.dumps([{"picture": "x", "caption": "a"}, {"picture": "y", "caption": value}])
    )
    *_, row = read(path, COLUMNS)
    with pytest.raises(UserError, match="row 2: caption"):
        row.text("caption")


def test_text_of_a_latin_1_file_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "picture,caption\nx,a caf\u00e9\n".encode("latin-1"))
    (row,) = read(path, COLUMNS)
    with pytest.raises(UserError, match=r"line 2: caption.*UTF-8"):
        row.text("caption")


@pytest.mark.parametrize(
    ("value", "count"),
    [
        *(("5", 5), ("5.0", 5), (" 5 ", 5), (5, 5), (5.0, 5), ("5.00", 5), ("5.", 5), (Decimal("5.0"), 5), ("0", 0)),
        *(("5.5", None), (-1, None), (True, None), ("x", None), ("\u0665", None), ("1e3", None), ("5.0.0", None)),
        *((float("nan"), None), (float("inf"), None), ("1234567890", None), (1e9, None), ([5], None), ("", None)),
    ],
)
def test_counts(value: Any, count: int | None) -> None:
    assert whole(value) == count


def test_only_line_ends_end_a_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "\ufeffa\u2028b\x0bc\x85d\r\ne\rf\n".replace("\x85", "\u0085"))
    assert list(text_lines(path)) == [(1, "a\u2028b\x0bc\u0085d"), (2, "e"), (3, "f")]
    table = written(tmp_path, "a.csv", "picture,caption\nx,a\u2028b\x0bc\u0085d\n")
    assert rows(table) == [("line 2", {"picture": "x", "caption": "a\u2028b\x0bc\u0085d"})]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=6)] * 2), min_size=1, max_size=6))
def test_what_the_csv_module_and_parquet_write_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    text = io.StringIO()
    csv.writer(text).writerows([("picture", "caption"), *pairs])
    path = written(folder, "a.csv", text.getvalue())
    expected = [(one or None, other or None) for one, other in pairs]
    assert [tuple(row.values.values()) for row in read(path, COLUMNS)] == expected
    pictures, captions = zip(*pairs, strict=True)
    pq.write_table(pa.table({"picture": pictures, "caption": captions}), folder / "a.parquet")
    assert [tuple(row.values.values()) for row in read(folder / "a.parquet", COLUMNS)] == pairs


def test_a_blank_line_is_a_row_of_a_table_with_one_column(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "caption\na\n\nb\n\n")
    assert [(row.place, row.values) for row in read(path, [Column("caption")])] == [
        ("line 2", {"caption": "a"}),
        ("line 3", {"caption": None}),
        ("line 4", {"caption": "b"}),
    ]
    table = written(tmp_path, "b.csv", "picture,caption\nx,a\n\ny,b\n")
    assert [place for place, _ in rows(table)] == ["line 2", "line 4"]


def test_names_that_only_resemble_an_optional_column_are_other_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "picture,caption,emotions,emotion_id\nx,a,b,c\n")
    assert rows(path) == [("line 2", {"picture": "x", "caption": "a"})]


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.csv", "\npicture,caption\nx,a\n", "line 1 is empty"),
        ("a.json", '{"picture": "x", "caption": "a"}', "expected a list of rows"),
        ("a.jsonl", '[{"picture": "x",\n"caption": "a"}]', ".json"),
        ("a.jsonl", '{"picture": "x", "caption": "a"}\n{"caption": "x", "caption": "y"}', "line 2: the key"),
    ],
)
def test_another_form(tmp_path: Path, name: str, content: str, named: str) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(UserError) as error:
        rows(path, mapping=("picture", "caption"))
    assert named in str(error.value)
