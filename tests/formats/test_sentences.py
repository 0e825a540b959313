"""Sentences from files."""

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from formats import sentences
from stages.common.errors import UserError

TYPED = [
    {"n": 5, "id": "a", "text": "a sea", "note": ["x", 2.5]},
    {"n": None, "id": "b", "text": None, "note": None},
    {"n": 7, "id": "", "text": "no", "note": []},
]


def texts(path: Path, column: str | None = None) -> list[str]:
    return [sentence.text for sentence in sentences.read(path, column)]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_csv_gives_its_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text,note\n1,"one, two",null\n2,,NA\n')
    assert texts(tmp_path / "a.csv") == ["one, two", ""]
    assert texts(tmp_path / "a.csv", "note") == ["null", "NA"]


def test_a_text_file_gives_its_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\ufeffone, two\n\nthree\n", encoding="utf-8")
    assert texts(tmp_path / "a.txt") == ["one, two", "", "three"]


@pytest.mark.parametrize("name", ["a.txt", "notes", "a.md"])
@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\u0085"])
def test_only_line_ends_end_a_sentence(tmp_path: Path, name: str, mark: str) -> None:
    path = written(tmp_path, name, f"a calm{mark}sea\r\nthe end\rno\n")
    assert texts(path) == [f"a calm{mark}sea", "the end", "no"]
    table = written(tmp_path, "a.csv", f'id,text\n1,a calm{mark}sea\n2,"the{mark}\nend"\n')
    assert texts(table) == [f"a calm{mark}sea", f"the{mark}\nend"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,text\n1,a sea\n2,no\n"),
        ("a.csv", "\ufefftext,utterance\r\nx,a sea\r\ny,no\r\n"),
        ("a.tsv", "id\ttext\n1\ta sea\n2\tno\n"),
        ("a.csv", "id\tcaption\n1\ta sea\n2\tno\n"),
        ("a.json", '\ufeff[{"sentence": "a sea"}, {"sentence": "no"}]'),
        ("a.json", '["a sea", "no"]'),
        ("a.json", '{"x.jpg": "a sea", "y.jpg": "no"}'),
        ("a.json", '[{"generated_text": "a sea"}, {"generated_text": "no"}]'),
        ("a.json", '[[{"generated_text": "a sea"}], [{"generated_text": "no"}]]'),
        ("a.json", '[{"text": ["a", "sea"]}, {"text": ["no"]}]'),
        ("a.jsonl", '{"text": "a sea"}\n{"text": "no"}\n'),
        ("a.ndjson", '"a sea"\n"no"\n'),
        ("a.csv.gz", gzip.compress(b"id,text\n1,a sea\n2,no\n")),
        ("a.txt.gz", gzip.compress(b"a sea\nno\n")),
        ("a.csv", "id,text\n1,\"['a', 'sea']\"\n2,no\n"),
    ],
)
def test_every_format(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert texts(written(tmp_path, name, content)) == ["a sea", "no"]


def test_parquet_with_a_text_index(tmp_path: Path) -> None:
    frame = pd.DataFrame({"utterance": ["a sea", None, "no"], "n": [1, 2, 3]}).set_index("utterance")
    frame.to_parquet(tmp_path / "a.parquet")
    assert texts(tmp_path / "a.parquet") == ["a sea", "", "no"]


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        # A comma at each line's end, which shifted the columns.
        ("a.csv", "utterance,emotion\nso calm,awe,\nso dark,fear,\n", "line 2: 3 fields"),
        ("a.csv", "utterance,emotion\nso calm,awe,\nso dark,fear\n", "line 2: 3 fields"),
        ("a.csv", 'id,text\n1,"so calm\n2,so dark\n3,"so grey"\n', "line 2"),
        ("a.csv", 'id,text\n1,so calm\n2,"so dark\n', "line 3 is never closed"),
        ("a.csv", "id;text\n1;so calm\n", "commas"),
        ("a.csv", "id,Text\n1,so calm\n", "did you mean 'Text'"),
        ("a.csv", "id,said\n1,so calm\n", "found id, said; name that of the sentences with --column"),
        ("a.csv", "id,text,text\n1,a,b\n", "more than one column text"),
        ("a.csv", "id,text\n", "holds no sentence"),
        ("a.csv", "id,text\n1,\n2, \n", "holds no sentence"),
        ("a.csv", "", "empty"),
        ("a.txt", "", "holds no sentence"),
        ("a.txt", "\n\n", "holds no sentence"),
        ("a.json", "[]", "empty"),
        ("a.json", "[", "line 1"),
        ("a.json", '["a sea", 5]', "row 2: the value is 5"),
        ("a.json", '["a sea", {"text": "no"}]', "row 1: 'a sea'"),
        ("a.json", '[{"text": "a sea"}, {"text": {"b": 1}}]', "row 2: text is {'b': 1}"),
        ("a.json", '[{"text": "a sea"}, {"text": ["a sea", "a tree"]}]', "row 2: text is ["),
        ("a.json", '{"text": {"0": "a sea"}}', "orient='records'"),
        ("a.jsonl", '{"text": "a"}\n{"text": 2.5}\n', "line 2: text is 2.5"),
        ("a.csv", "id,text\n1,\"{'text': 'a sea'}\"\n", "line 2: text is"),
        ("a.txt", b"fine\ncaf\xe9\n", "line 2: not UTF-8"),
        ("a.csv", b"text\nfine\ncaf\xe9\n", "line 3: text"),
        ("a.txt", "a sea\n".encode("utf-16"), "UTF-16"),
        ("a.txt", "a sea\n".encode("utf-16-le"), "line 1: zero bytes"),
        ("a.parquet", b"PAR1" + bytes(40), "Parquet"),
        ("a.xlsx", b"PK\x03\x04" + bytes(40), "spreadsheet"),
        ("a.csv", None, "no such file"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, content: str | bytes | None, named: str) -> None:
    path = tmp_path / name if content is None else written(tmp_path, name, content)
    with pytest.raises(UserError) as error:
        texts(path)
    assert str(path) in str(error.value)
    assert named in str(error.value)


@pytest.mark.parametrize("values", [[1, 2], [[1], [2]], [b"a", b"b"], [True, False]])
def test_a_parquet_column_of_other_values_is_refused(tmp_path: Path, values: list[Any]) -> None:
    pd.DataFrame({"text": values}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(UserError, match=r"a\.parquet, row 1: text is "):
        texts(tmp_path / "a.parquet")


def test_a_folder_and_a_column_of_a_text_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="folder"):
        texts(tmp_path)
    with pytest.raises(UserError, match=r"a\.txt: a text file has no column note"):
        texts(written(tmp_path, "a.txt", "a sea\n"), "note")
    with pytest.raises(UserError, match=r"a\.csv: no column notes; found id, note; did you mean 'note'"):
        texts(written(tmp_path, "a.csv", "id,note\n1,x\n"), "notes")
    # Values without a name are not of the column that is asked for.
    with pytest.raises(UserError, match="row 1: 'a sea'; expected an object with note"):
        texts(written(tmp_path, "a.json", json.dumps(["a sea"])), "note")


def test_blank_sentences_keep_their_rows_and_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "a.csv", 'id,text\n1,"two\nlines"\n2,\n3,so dark\n4," "\n')
    assert texts(path) == ["two\nlines", "", "so dark", ""]
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"{path}: 2 of 4 sentences are blank, the first in line 4")


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("a.csv", "n,id,text\n5,a,a sea\n,b,\n7,,no\n", [("a", "5"), ("b", None), (None, "7")]),
        ("a.tsv", "id\tn\ttext\na\t5\ta sea\nb\t\t\n\t7\tno\n", [("a", "5"), ("b", None), (None, "7")]),
        ("a.json", json.dumps(TYPED), [("a", 5), ("b", None), ("", 7)]),
        ("a.jsonl", "\n".join(map(json.dumps, TYPED)), [("a", 5), ("b", None), ("", 7)]),
        ("a.parquet", None, [("a", 5), ("b", None), ("", 7)]),
    ],
)
def test_other_columns_are_kept(tmp_path: Path, name: str, content: str | None, kept: list[tuple[Any, ...]]) -> None:
    path = tmp_path / name
    if content is None:
        pq.write_table(pa.table({key: [row[key] for row in TYPED] for key in ("n", "id", "text")}), path)
    else:
        path.write_text(content)
    found = list(sentences.read(path, keep=["id", "n"]))
    assert found == [*map(sentences.Sentence, ["a sea", "", "no"], kept)]
    types = sentences.kept_types(path, ["id", "n"])
    assert types == {"id": pa.string(), "n": pa.int64() if content is None else pa.string()}


def test_the_names_of_json_are_kept_as_ids(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", '{"x.jpg": "a sea", "y.jpg": "no"}')
    assert [sentence.kept for sentence in sentences.read(path, keep=["id"])] == [("x.jpg",), ("y.jpg",)]


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.csv", "id,text\n1,x\n", "no column ids; found id, text; did you mean 'id'?; name one of these with --keep"),
        ("a.json", '["a sea"]', "row 1: 'a sea'; expected an object with"),
        ("a.txt", "a sea\n", "a text file has no column ids; leave --keep out"),
        ("a.csv", b"ids,text\ncaf\xe9,x\n", "line 2: ids has characters that are not UTF-8"),
    ],
)
def test_a_column_that_cannot_be_kept(tmp_path: Path, name: str, content: str | bytes, named: str) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(UserError) as error:
        list(sentences.read(path, keep=["ids"]))
    assert str(path) in str(error.value)
    assert named in str(error.value)
