"""Reading CSV, gzipped CSV and Parquet record by record; what a file is, its first bytes say, not its name."""

import csv
import gzip
import io
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stages.annotations.ingest import REQUIRED, Annotation, Excluded, Reject, Row, Unparsed, judge
from stages.common.errors import UserError

GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# A longer field is a quote that somebody forgot; it also bounds the memory.
LONGEST_FIELD = 1 << 24
ROWS_AT_ONCE = 1 << 15


def read(path: Path, excluded: Excluded | None = None) -> Iterator[Annotation | Reject]:
    """Yield each data record of the file at `path` in order.

    Bytes that are not UTF-8 are kept as surrogates while parsing, so that one bad
    character costs one row and not the file.

    Raises:
        UserError: the file is empty, lacks a required column or is no such file from some line on.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(UTF_16):
        raise UserError(f"{path}: not UTF-8 but UTF-16; save it as UTF-8 (a spreadsheet's `CSV UTF-8`)")
    parse = _parquet if magic == PARQUET else _csv
    with closing(parse(path, gzipped=magic.startswith(GZIP))) as rows:
        header = next(rows, None)
        if header is None:
            raise UserError(f"{path}: the file is empty; expected a table with the columns {', '.join(REQUIRED)}")
        if isinstance(header, Unparsed):
            raise UserError(f"{path}: the line of column names is no CSV: {header.reason}; mend it")
        if missing := [name for name in REQUIRED if name not in header]:
            one = len(header) == 1 and not {";", "\t", "|"}.isdisjoint(header[0])
            commas = " in one field; it is commas that separate fields here" if one else ""
            raise UserError(f"{path}: no column {', '.join(missing)}; found {', '.join(header)}{commas}")
        if twice := sorted({name for name in header if header.count(name) > 1 and name in (*REQUIRED, "repetition")}):
            raise UserError(f"{path}: more than one column {', '.join(twice)}; keep one")
        yield from judge(header, rows, excluded)


def _csv(path: Path, gzipped: bool) -> Generator[Row]:
    """The header, then every record; blank lines at the end are none."""
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
            yield from _without_last_blanks(_records(text, path))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: no whole gzip file: {error}; fetch it again") from None


def _records(text: Iterable[str], path: Path) -> Iterator[Row]:
    lines: list[str] = []  # of the record in work, since the parser drops what it does not understand

    def kept() -> Iterator[str]:
        for line in text:
            lines.append(line)
            yield line

    # strict: otherwise an open quote silently swallows the records up to the next one.
    parser = csv.reader(kept(), strict=True)
    while True:
        first = parser.line_num + 1
        lines.clear()
        try:
            row = next(parser, None)
        except csv.Error as error:
            if "expected after" in str(error):
                yield Unparsed("text after a closing quote", "".join(lines).rstrip("\r\n"))
                continue
            if "unexpected end" in str(error):
                told = f"a quote in the record that starts in line {first:,} is never closed"
                raise UserError(f"{path}: {told}; close it, or double it where it is meant") from None
            raise UserError(f"{path}: no CSV from line {parser.line_num:,} on: {error}; mend it there") from None
        if row is None:
            return
        yield row


def _without_last_blanks(rows: Iterable[Row]) -> Iterator[Row]:
    blanks = 0
    for number, row in enumerate(rows):
        if not row and number:
            blanks += 1
            continue
        if blanks:
            yield from repeat([], blanks)
            blanks = 0
        yield row


def _parquet(path: Path, gzipped: bool = False) -> Generator[Row]:
    """The header, then every row as the texts that a CSV would hold; a null is the empty text."""
    try:
        with pq.ParquetFile(path) as file:
            _check_types(file.schema_arrow, path)
            names = [name for name in file.schema_arrow.names if name in (*REQUIRED, "repetition")]
            yield names
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=names):
                yield from map(list, zip(*(_texts(column) for column in batch.columns), strict=True))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last of a column's name
        raise UserError(f"{path}: no whole Parquet file: {str(error).splitlines()[0]}; fetch it again") from None


def _check_types(schema: pa.Schema, path: Path) -> None:
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        if field.name in REQUIRED and not text:
            raise UserError(f"{path}: column {field.name} is {field.type}, allowed are strings")
        if field.name == "repetition" and not (text or pa.types.is_integer(kind)):
            raise UserError(f"{path}: column repetition is {field.type}, allowed are whole numbers")


def _texts(column: pa.Array) -> list[str]:
    """By way of bytes: a Parquet file's strings need not be UTF-8 either."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_integer(column.type):
        column = pc.cast(column, pa.string())
    kept = pc.cast(column, pa.large_binary()).to_pylist()
    return [value.decode("utf-8", "surrogateescape") if value is not None else "" for value in kept]
