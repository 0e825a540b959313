"""Read annotations record by record from CSV, gzipped CSV or Parquet, recognised by the first bytes of the file."""

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

from stages.annotations.ingest import REQUIRED, Annotation, ExclusionReason, Reject, Row, Unparsed, validate
from stages.common.errors import UserError

GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# A longer field is a quote that was never closed; the limit also bounds the memory.
MAX_FIELD = 1 << 24
BATCH = 1 << 15


def read(path: Path, excluded: ExclusionReason | None = None) -> Iterator[Annotation | Reject]:
    """Yield each record of the file in order.

    Bytes that are not UTF-8 are parsed as surrogates, so that one bad character costs
    one record and not the file.

    Raises:
        UserError: the file is empty, lacks a required column, or cannot be parsed from some line on.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(UTF_16):
        raise UserError(f"{path}: UTF-16, expected UTF-8; save it as UTF-8 (`CSV UTF-8` in a spreadsheet program)")
    parse = _parquet if magic == PARQUET else _csv
    with closing(parse(path, gzipped=magic.startswith(GZIP))) as rows:
        header = _checked(next(rows, None), path)
        yield from validate(header, rows, excluded)


def _checked(header: Row | None, path: Path) -> list[str]:
    """The column names, with each required column once."""
    if header is None:
        raise UserError(f"{path}: the file is empty; expected a table with the columns {', '.join(REQUIRED)}")
    if isinstance(header, Unparsed):
        raise UserError(f"{path}: the line of column names is not valid CSV: {header.reason}; correct it")
    if missing := [name for name in REQUIRED if name not in header]:
        other_separator = len(header) == 1 and not {";", "\t", "|"}.isdisjoint(header[0])
        hint = " in one field; fields must be separated by commas" if other_separator else ""
        raise UserError(f"{path}: no column {', '.join(missing)}; found {', '.join(header)}{hint}")
    used = (*REQUIRED, "repetition")
    if repeated := sorted({name for name in header if header.count(name) > 1 and name in used}):
        raise UserError(f"{path}: more than one column {', '.join(repeated)}; keep one")
    return header


def _csv(path: Path, gzipped: bool) -> Generator[Row]:
    """Yield the header, then every record; blank lines at the end are no records."""
    csv.field_size_limit(MAX_FIELD)
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
            yield from _without_trailing_blanks(_records(text, path))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: incomplete or damaged gzip file: {error}; download it again") from None


def _records(text: Iterable[str], path: Path) -> Iterator[Row]:
    lines: list[str] = []  # of the current record: the parser drops the text of a record that it cannot parse

    def recorded() -> Iterator[str]:
        for line in text:
            lines.append(line)
            yield line

    # Without `strict` an unclosed quote silently swallows the records up to the next quote.
    parser = csv.reader(recorded(), strict=True)
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
                fault = f"a quote in the record that starts in line {first:,} is never closed"
                raise UserError(f"{path}: {fault}; close it, or double it if it is part of the text") from None
            raise UserError(f"{path}: invalid CSV from line {parser.line_num:,} on: {error}; correct it") from None
        if row is None:
            return
        yield row


def _without_trailing_blanks(rows: Iterable[Row]) -> Iterator[Row]:
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
    """Yield the header, then every row as a CSV file would hold it; null becomes the empty text."""
    try:
        with pq.ParquetFile(path) as file:
            _check_types(file.schema_arrow, path)
            names = [name for name in file.schema_arrow.names if name in (*REQUIRED, "repetition")]
            yield names
            for batch in file.iter_batches(batch_size=BATCH, columns=names):
                yield from map(list, zip(*(_texts(column) for column in batch.columns), strict=True))
    # UnicodeDecodeError comes from a damaged column name.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        cause = str(error).splitlines()[0]
        raise UserError(f"{path}: incomplete or damaged Parquet file: {cause}; download it again") from None


def _check_types(schema: pa.Schema, path: Path) -> None:
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        if field.name in REQUIRED and not text:
            raise UserError(f"{path}: column {field.name} is {field.type}; allowed: strings")
        if field.name == "repetition" and not (text or pa.types.is_integer(kind)):
            raise UserError(f"{path}: column repetition is {field.type}; allowed: whole numbers")


def _texts(column: pa.Array) -> list[str]:
    """Decode via bytes, since strings in a Parquet file may hold bytes that are not UTF-8 too."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_integer(column.type):
        column = pc.cast(column, pa.string())
    values = pc.cast(column, pa.large_binary()).to_pylist()
    return [value.decode("utf-8", "surrogateescape") if value is not None else "" for value in values]
