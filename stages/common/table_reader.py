"""Strict reader of the tables that people hand in: CSV, TSV, JSON, JSON Lines and Parquet.

A file is read whole or refused with a sentence that names the file, the line or row, and the column; nothing is
skipped or guessed. A `Row` hands out its values, checked, and names its place in the messages about them.

A text table separates fields by commas, or by tabs if its name ends in .tsv or its header has tabs and no comma. JSON
is a list of objects or, where the reader allows it, one object `{id: value}`; JSON Lines (.jsonl, .ndjson) has one
object a line.
"""

import csv
import difflib
import gzip
import io
import json
import math
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.errors import UserError

GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
TABS, JSON, JSON_LINES = (".tsv", ".tab"), (".json",), (".jsonl", ".ndjson")
# A longer field is a quote that was never closed; the limit also bounds the memory.
MAX_FIELD = 1 << 24
BATCH = 1 << 15
# Similarity from which an unknown column is a misspelt one.
MISSPELT = 0.8


@dataclass(frozen=True)
class Column:
    """A column that a table may have, under one of several names.

    Attributes:
        name: key of the values in a `Row`.
        aliases: other names that the file may use for it; the first name that is there counts.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Row:
    """A row of a person's table.

    Attributes:
        place: where it stands in the file `path`: `line 7` of a text file, `row 7` of another.
        values: by `Column.name`: text in a text table, whatever JSON or Parquet have in others; None for no value.
    """

    path: Path
    place: str
    values: dict[str, Any]

    def text(self, column: str) -> str:
        """The text of a column.

        Raises:
            UserError: it is missing, blank, no text, or text that UTF-8 cannot hold.
        """
        value = self.values.get(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            self.refuse(f"{column} is empty", "expected text; fill it in or remove the row")
        if not isinstance(value, str):
            self.refuse(f"{column} is {_shown(value)}", "expected text")
        return self._encodable(column, value)

    def optional_text(self, column: str) -> str | None:
        """As `text`, but None for a missing or blank value."""
        value = self.values.get(column)
        return None if value is None or (isinstance(value, str) and not value.strip()) else self.text(column)

    def count(self, column: str) -> int | None:
        """A whole number of at least 0, also written `2.0` as by pandas beside a blank; None for no value.

        Raises:
            UserError: it is no such number.
        """
        value = self.values.get(column)
        number = whole(value)
        if number is None and not (value is None or (isinstance(value, str) and not value.strip())):
            self.refuse(f"{column} is {_shown(value)}", "expected a whole number such as 5")
        return number

    def refuse(self, problem: str, way_out: str) -> NoReturn:
        """Raise a UserError about this row."""
        raise UserError(f"{self.path}, {self.place}: {problem}; {way_out}")

    def _encodable(self, column: str, text: str) -> str:
        if not is_utf8(text):
            self.refuse(
                f"{column} has characters that are not UTF-8 ({_shown(text)})", "save the file as UTF-8, or correct it"
            )
        return text


class Unparsed(NamedTuple):
    """A record that the CSV parser cannot split into fields."""

    reason: str
    row: str


class Record(NamedTuple):
    """Fields of a record of a text table, and the line of the file in which it starts, from 1."""

    line: int
    fields: list[str] | Unparsed


def read(path: Path, columns: Sequence[Column], mapping: tuple[str, str] | None = None) -> Iterator[Row]:
    """Yield the rows of a table in order, with the values of `columns` only.

    Args:
        mapping: columns for key and value of a JSON object `{id: value}`; without it, such an object is refused.

    Raises:
        UserError: there is no such file, it is damaged, or its columns or fields are not as expected.
    """
    magic, suffix = first_bytes(path), path.suffix.lower()
    if magic.startswith(PARQUET) or suffix == ".parquet":
        return _parquet(path, columns)
    if suffix in JSON:
        return _json(path, columns, mapping)
    if suffix in JSON_LINES:
        return _json_lines(path, columns)
    return _csv(path, columns)


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    r"""Number and text of each line of a text file in UTF-8, without its end: \n, \r\n or \r, and nothing else.

    Raises:
        UserError: there is no such file, or it is not UTF-8.
    """
    first_bytes(path)
    with _opened(path, newline=None) as file:
        for number, line in enumerate(file, start=1):
            if not is_utf8(line):
                raise UserError(f"{path}, line {number:,}: not UTF-8; save the file as UTF-8")
            yield number, line.removesuffix("\n")


def csv_records(path: Path, separator: str | None = None) -> Generator[Record]:
    """Yield the header and then every record of a CSV file, also a gzipped one; blank lines at the end are no records.

    Bytes that are not UTF-8 become surrogates, so that one bad character costs one record and not the file.

    Args:
        separator: by default a comma, or what `path` and its header say.

    Raises:
        UserError: there is no such file, or it cannot be parsed from some line on.
    """
    first_bytes(path)
    csv.field_size_limit(MAX_FIELD)
    with _opened(path, newline="") as file:
        if separator is None:
            separator, file = _separator(path, file)
        yield from _without_trailing_blanks(_records(file, path, separator))


def whole(value: Any) -> int | None:
    """`value` as a whole number of 0 to nine digits, also from text and from `2.0`; None for anything else."""
    if isinstance(value, str):
        digits = value.strip().removesuffix(".0")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1e9 and value == int(value) else None


def is_utf8(text: str) -> bool:
    """False if `text` has surrogates, which stand for bytes that are not UTF-8 or for half a character."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    """A short Python literal of a value, for a message."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def first_bytes(path: Path) -> bytes:
    """The first bytes of a file.

    Raises:
        UserError: there is no such file, it is a folder, not readable, empty, or UTF-16.
    """
    try:
        # A file is read more than once.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UserError(f"{path}: a pipe or a device; expected a file")
        with path.open("rb") as file:
            magic = file.read(4)
    except IsADirectoryError:
        raise UserError(f"{path}: a folder; expected a file") from None
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{path!s}: cannot be opened ({reason.lower()})") from None
    if magic.startswith(UTF_16):
        raise UserError(f"{path}: UTF-16, expected UTF-8; save it as UTF-8 (`CSV UTF-8` in a spreadsheet program)")
    return magic


@contextmanager
def _opened(path: Path, newline: str | None) -> Iterator[IO[str]]:
    """The text of a file in UTF-8, gzipped or not, with or without a byte order mark."""
    gzipped = first_bytes(path).startswith(GZIP)
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            yield io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline=newline)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: incomplete or damaged gzip file: {error}; download it again") from None


def _separator(path: Path, file: IO[str]) -> tuple[str, IO[str]]:
    """The separator, and the file from its start."""
    header = file.readline()
    file.seek(0)
    tabs = path.suffix.lower() in TABS or ("\t" in header and "," not in header)
    return "\t" if tabs else ",", file


def _records(text: Iterable[str], path: Path, separator: str) -> Iterator[Record]:
    lines: list[str] = []  # of the current record: the parser drops the text of a record that it cannot parse

    def recorded() -> Iterator[str]:
        for line in text:
            lines.append(line)
            yield line

    # Without `strict` an unclosed quote silently swallows the records up to the next quote.
    parser = csv.reader(recorded(), strict=True, delimiter=separator)
    while True:
        first = parser.line_num + 1
        lines.clear()
        try:
            row = next(parser, None)
        except csv.Error as error:
            if "expected after" in str(error):
                yield Record(first, Unparsed("text after a closing quote", "".join(lines).rstrip("\r\n")))
                continue
            if "unexpected end" in str(error):
                fault = f"a quote in the record that starts in line {first:,} is never closed"
                raise UserError(f"{path}: {fault}; close it, or double it if it is part of the text") from None
            raise UserError(f"{path}: invalid CSV from line {parser.line_num:,} on: {error}; correct it") from None
        if row is None:
            return
        yield Record(first, row)


def _without_trailing_blanks(records: Iterable[Record]) -> Iterator[Record]:
    """Every record but the blank ones at the end; those before other records have no field."""
    blanks: list[Record] = []
    for number, record in enumerate(records):
        if not record.fields and number:
            blanks.append(record)
            continue
        yield from blanks
        blanks.clear()
        yield record


def _csv(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    """Rows of a text table; a blank line is no row."""
    with closing(csv_records(path)) as records:
        header = next(records, None)
        if header is None or not header.fields:
            _refuse_empty(path, columns)
        if isinstance(header.fields, Unparsed):
            raise UserError(f"{path}: the line of column names is not valid CSV: {header.fields.reason}; correct it")
        names = header.fields
        used = _used(path, names, columns)
        for line, fields in records:
            if isinstance(fields, Unparsed):
                raise UserError(f"{path}, line {line:,}: {fields.reason}; double the quotes that are part of the text")
            if not fields:
                continue
            if len(fields) != len(names):
                raise UserError(
                    f"{path}, line {line:,}: {len(fields)} fields, but the header has {len(names)}; put quotes around "
                    f"a text with separators, or correct the line"
                )
            values = {name: fields[index] or None for name, index in used.items()}
            yield Row(path, f"line {line:,}", values)


def _parquet(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    with _damage_named(path), pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        used = _used(path, names, columns)
        wanted = {names[index]: name for name, index in used.items()}
        number = 0
        for batch in file.iter_batches(batch_size=BATCH, columns=list(wanted)):
            values = [[_given(value) for value in batch.column(name).to_pylist()] for name in wanted]
            for row in zip(*values, strict=True):
                number += 1
                yield Row(path, f"row {number:,}", dict(zip(wanted.values(), row, strict=True)))


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    # UnicodeDecodeError comes from damaged names and texts.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        cause = str(error).split("\n")[0]
        raise UserError(f"{path}: incomplete or damaged Parquet file: {cause}; write or download it again") from None


def _json(path: Path, columns: Sequence[Column], mapping: tuple[str, str] | None) -> Iterator[Row]:
    with _opened(path, newline=None) as file:
        text = file.read()
    if not text.strip():
        _refuse_empty(path, columns)
    content = _parsed(text, path, 1)
    if isinstance(content, dict) and mapping is not None:
        content = [dict(zip(mapping, pair, strict=True)) for pair in content.items()]
    if not isinstance(content, list):
        forms = "a list of objects" + (f", or one object {{{mapping[0]}: {mapping[1]}}}" if mapping else "")
        raise UserError(f"{path}: the JSON is {_shown(content)}; expected {forms}")
    if not content:
        _refuse_empty(path, columns)
    yield from _objects(path, columns, [(f"row {number:,}", value) for number, value in enumerate(content, start=1)])


def _json_lines(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    values = [(f"line {line:,}", _parsed(text, path, line)) for line, text in text_lines(path) if text.strip()]
    if not values:
        _refuse_empty(path, columns)
    yield from _objects(path, columns, values)


def _parsed(text: str, path: Path, line: int) -> Any:
    """The value of a JSON text that starts in a line of a file; a key that occurs twice in an object is an error."""
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        raise UserError(
            f"{path}, line {line + error.lineno - 1:,}: invalid JSON: {error.msg} (column {error.colno}); correct it"
        ) from None
    except _RepeatedKey as repeated:
        raise UserError(f"{path}: the key {_shown(str(repeated))} occurs twice in one object; keep one") from None
    except (RecursionError, ValueError) as error:  # lists in lists without end; a number of too many digits
        raise UserError(f"{path}: invalid JSON: {error}; correct it") from None


class _RepeatedKey(Exception):
    pass


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKey(next(key for key in keys if keys.count(key) > 1))
    return values


def _objects(path: Path, columns: Sequence[Column], values: Sequence[tuple[str, Any]]) -> Iterator[Row]:
    for place, value in values:
        if not isinstance(value, dict):
            raise UserError(f"{path}, {place}: {_shown(value)}; expected an object with {_listed(columns)}")
    keys = list(dict.fromkeys(key for _, value in values for key in value))
    used = {name: keys[index] for name, index in _used(path, keys, columns).items()}
    for place, value in values:
        yield Row(path, place, {name: _given(value.get(key)) for name, key in used.items()})


def _given(value: Any) -> Any:
    """None for NaN, which pandas writes for no value."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _used(path: Path, names: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Index of each known column that the file has.

    Raises:
        UserError: a required column is missing, one is there twice, or a name looks like a misspelt one.
    """
    found = {column.name: next((name for name in column.names if name in names), None) for column in columns}
    known = {name for column in columns for name in column.names}
    others = [name for name in names if name not in known]
    for column in columns:
        if found[column.name] is not None:
            continue
        near = next((name for name in others for right in column.names if _alike(name, right)), None)
        if near is not None:
            right = max(column.names, key=lambda right: difflib.SequenceMatcher(None, near, right).ratio())
            raise UserError(f"{path}: unknown column {near!r}; did you mean {right}? rename or remove it")
        if column.required:
            raise UserError(
                f"{path}: no column {' or '.join(column.names)}; found {', '.join(names)}{_other_separator(names)}"
            )
    if repeated := next((name for name in found.values() if name is not None and names.count(name) > 1), None):
        raise UserError(f"{path}: more than one column {repeated}; keep one")
    return {key: list(names).index(name) for key, name in found.items() if name is not None}


def _alike(name: str, right: str) -> bool:
    """True if `name` is a misspelling of `right`, such as `Picture`, ` picture` or `pictrue`."""
    bare = name.strip().casefold().replace(" ", "_").replace("-", "_")
    return bare == right or difflib.SequenceMatcher(None, bare, right).ratio() >= MISSPELT


def _other_separator(names: Sequence[str]) -> str:
    other = len(names) == 1 and not {";", "\t", "|"}.isdisjoint(names[0])
    return " in one field; fields must be separated by commas" if other else ""


def _listed(columns: Sequence[Column]) -> str:
    return ", ".join(" or ".join(column.names) for column in columns if column.required)


def _refuse_empty(path: Path, columns: Sequence[Column]) -> NoReturn:
    raise UserError(f"{path}: the file is empty; expected a table with the columns {_listed(columns)}")
