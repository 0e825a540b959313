"""Tables that people hand in: what is read, and where a message points."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.errors import UserError
from stages.common.table_reader import Column, read, text_lines, whole

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
    ],
)
def test_the_same_row_in_each_format(tmp_path: Path, name: str, content: str) -> None:
    ((place, values),) = rows(written(tmp_path, name, content))
    assert values == {"picture": "x.jpg", "caption": "a sea"}
    assert place == ("row 1" if name == "a.json" else "line 1" if name == "a.jsonl" else "line 2")


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


@pytest.mark.parametrize("value", ["", " ", None, 3, ["a", "sea"], {"a": 1}, "half \ud800", float("nan")])
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
    [("5", 5), ("5.0", 5), (" 5 ", 5), (5, 5), (5.0, 5), ("5.5", None), (-1, None), (True, None), ("x", None)],
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
