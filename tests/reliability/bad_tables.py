"""Annotation tables with one problem each, and the expected result."""

import csv
import gzip
import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HEADER = ["art_style", "painting", "emotion", "utterance"]
GOOD = [
    ["Cubism", "a", "awe", "so tall"],
    ["Cubism", "a", "fear", "so dark"],
    ["Rococo", "b", "awe", 'she says "stay", and I would'],
    ["Rococo", "b", "sadness", "nobody is there"],
]


@dataclass(frozen=True)
class Table:
    """One file, with the expected kind and number of `rejected` rows, or a part of the error `message`."""

    kind: str
    name: str
    content: bytes
    rejected: tuple[str, int] | None = None
    message: str = ""
    # Number of good rows.
    kept: int = len(GOOD)

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def written(rows: Iterable[Iterable[str]], delimiter: str = ",", end: str = "\n") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def with_row(row: list[str], place: int) -> bytes:
    return written([HEADER, *GOOD[:place], row, *GOOD[place:]])


def raw(line: bytes, place: int) -> bytes:
    lines = written([HEADER, *GOOD]).splitlines(keepends=True)
    return b"".join([*lines[: place + 1], line, *lines[place + 1 :]])


def all_tables() -> list[Table]:
    return list(itertools.chain(_values(), _names(), _shapes(), _bytes(), _quotes(), _headers(), _files(), _parquet()))


def _values() -> Iterator[Table]:
    emotions = [
        "",
        "joy",
        "Awe",
        "AWE ",
        " awe",
        "awe ",
        "some thing else",
        "something_else",
        "0",
        "nan",
        "null",
        "áwe",
    ]
    for place, emotion in itertools.product((0, 4), [*emotions, "awe,fear", "awe\x00", "\u0430we"]):
        row = ["Cubism", "a", emotion, "so tall"]
        yield Table("unknown emotion", f"{emotion!r} at {place}", with_row(row, place), ("unknown_emotion", 1))
    for place, blank in itertools.product((0, 2, 4), ["", " ", "\t", "\u00a0", "\u2003", "  \n ", "\r\n", "\x0b\x0c"]):
        row = ["Cubism", "a", "awe", blank]
        yield Table("empty utterance", f"{blank!r} at {place}", with_row(row, place), ("empty_utterance", 1))
    for count in ["x", "-1", "1.5", "1e3", "½", "٣", "٣.0", "12345678901", "1 000", "nan", "0x5", "2.0.0", ".0"]:
        rows = [[*HEADER, "repetition"], *([*row, "2"] for row in GOOD), [*GOOD[0], count]]
        yield Table("repetition that is not a count", repr(count), written(rows), ("repetition", 1))


def _names() -> Iterator[Table]:
    leaving = ["..", ".", "../x", "a/b", "/etc/passwd", "a\\b", "..\\x", "a\x00b", "/", "\\\\host\\share", "x/../../y"]
    for column, name in itertools.product((0, 1), leaving):
        row = ["Cubism", "a", "awe", "so tall"]
        row[column] = name
        yield Table(
            "name that leaves the folder",
            f"{name!r} as {HEADER[column]}",
            with_row(row, 1),
            ("leaves_picture_folder", 1),
        )
    for column in (0, 1):
        row = ["Cubism", "a", "awe", "so tall"]
        row[column] = ""
        yield Table("empty name", HEADER[column], with_row(row, 2), ("empty_name", 1))


def _shapes() -> Iterator[Table]:
    for fields, place in itertools.product((1, 2, 3, 5, 6, 40), (0, 2, 4)):
        row = (["Cubism", "a", "awe", "so tall"] + ["more"] * 40)[:fields]
        yield Table("wrong number of fields", f"{fields} at {place}", with_row(row, place), ("column_count", 1))
    for blanks in (1, 2, 3):
        yield Table("blank line between rows", str(blanks), raw(b"\n" * blanks, 2), ("column_count", blanks))
    # Unquoted commas.
    for utterance in ("so tall, so dark", "one, two, three", ","):
        line = f"Cubism,a,awe,{utterance}\n".encode()
        yield Table("comma without quotes", utterance, raw(line, 3), ("column_count", 1))


def _bytes() -> Iterator[Table]:
    broken = [
        b"\xff",
        b"caf\xe9",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xe2\x28\xa1",
        b"\x80",
        b"\xc0\xaf",
    ]
    for column, bad in itertools.product(range(4), broken):
        fields = [b"Cubism", b"a", b"awe", b"so tall"]
        fields[column] = fields[column] + bad
        yield Table(
            "bytes that are not UTF-8",
            f"{bad!r} as {HEADER[column]}",
            raw(b",".join(fields) + b"\n", 1),
            ("malformed_utf8", 1),
        )


def _quotes() -> Iterator[Table]:
    for text in ('"so" tall', '"so"tall', '"a" b "c"', '"" tall'):
        line = f"Cubism,a,awe,{text}\n".encode()
        yield Table("text after a closing quote", text, raw(line, 2), ("quoting", 1))
    for place in range(5):
        line = b'Cubism,a,awe,"so tall\n'
        # Before a good row with quotes, the parser finds text after a closing quote.
        if place > 2:
            yield Table("quote that is never closed", f"at {place}", raw(line, place), message="never closed")
    for size in (20, 24):
        line = b'Cubism,a,awe,"' + b"x" * (1 << size) + b"\n"
        yield Table(
            "quote that is never closed",
            f"before 2**{size} letters",
            raw(line, 4),
            message="line" if size == 24 else "closed",
        )


def _headers() -> Iterator[Table]:
    # Without the column `emotion` it is a data set without emotions.
    for missing in (name for name in HEADER if name != "emotion"):
        rows = [[value for name, value in zip(HEADER, row, strict=True) if name != missing] for row in [HEADER, *GOOD]]
        yield Table("column missing", missing, written(rows), message=f"no column {missing}")
    for name in HEADER:
        rows = [[*row, row[HEADER.index(name)]] for row in [HEADER, *GOOD]]
        yield Table("column twice", name, written(rows), message=f"more than one column {name}")
    for change in (str.upper, str.title, lambda name: f" {name}", lambda name: f"{name} "):
        header = [change(name) for name in HEADER]
        yield Table("header misspelt", repr(header[0]), written([header, *GOOD]), message="no column")
    for delimiter in ";\t|":
        yield Table("another delimiter", repr(delimiter), written([HEADER, *GOOD], delimiter), message="no column")
    quoted = b'"art"_style,painting,emotion,utterance\n' + written(GOOD)
    yield Table(
        "header misspelt",
        "text after a quote",
        quoted,
        message="column names is not valid CSV: text after a closing quote",
    )
    yield Table("no header", "rows only", written(GOOD), message="no column")
    yield Table("only a header", "no row", written([HEADER]), message="none of its 0 records")
    for kind in ("emotion", "utterance"):
        rows = [[*row[:2], *("x" if name == kind else row[HEADER.index(name)] for name in HEADER[2:])] for row in GOOD]
        if kind == "emotion":
            yield Table("no row is good", kind, written([HEADER, *rows]), message="none of its 4 records is usable")


def _files() -> Iterator[Table]:
    whole = written([HEADER, *GOOD])
    for name, content in {"nothing": b"", "a line end": b"\n", "a byte-order mark": b"\xef\xbb\xbf"}.items():
        yield Table("empty file", name, content, message="empty" if name != "a line end" else "no column")
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        # Without a byte-order mark the encoding cannot be detected.
        message = "no column" if encoding == "utf-16-le" else "UTF-16, expected UTF-8"
        yield Table("another encoding", encoding, whole.decode().encode(encoding), message=message)
    for name, magic in {
        "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(40),
        "a PDF": b"%PDF-1.7\n%\xe2\xe3",
        "a zip": b"PK\x03\x04" + bytes(30),
        "an HTML page": b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "JSON": b'[{"art_style": "Cubism"}]',
        "zeros": bytes(4096),
        "git lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    }.items():
        yield Table("another kind of file", name, magic, message="annotations.csv")
    packed = gzip.compress(written([HEADER, *GOOD * 40]), mtime=0)
    for length in (3, 10, 12, 20, len(packed) // 2, len(packed) - 8, len(packed) - 1):
        yield Table("gzip cut short", f"{length} bytes", packed[:length], message="gzip")
    for place in (12, 30, len(packed) - 6):
        changed = packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1 :]
        yield Table("gzip with a wrong byte", f"at {place}", changed, message="annotations.csv")


def _parquet() -> Iterator[Table]:
    frame = pd.DataFrame(GOOD, columns=HEADER)
    whole = _as_parquet(pa.Table.from_pandas(frame))
    for length in (4, 8, 100, len(whole) // 2, len(whole) - 1):
        yield Table("Parquet cut short", f"{length} bytes", whole[:length], message="Parquet")
    for name in HEADER:
        if name != "emotion":
            without = _as_parquet(pa.Table.from_pandas(frame.drop(columns=name)))
            yield Table("Parquet lacks a column", name, without, message=f"no column {name}")
        numbers = pa.Table.from_pandas(frame.assign(**{name: range(len(frame))}))
        yield Table("Parquet with numbers", name, _as_parquet(numbers), message=f"column {name} is int64")
        nothing = pa.Table.from_pandas(pd.concat([frame, frame.iloc[:1].assign(**{name: None})]))
        kind = {"emotion": "unknown_emotion", "utterance": "empty_utterance"}.get(name, "empty_name")
        yield Table("Parquet with a null", name, _as_parquet(nothing), (kind, 1))
    lists = pa.table({name: pa.array([[value] for value in frame[name]]) for name in HEADER})
    yield Table("Parquet with lists", "all", _as_parquet(lists), message="allowed: strings")
    empty = _as_parquet(pa.Table.from_pandas(frame.iloc[:0]))
    yield Table("Parquet without rows", "none", empty, message="none of its 0")


def _as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
