"""Strict reader of the tables that people hand in: CSV, TSV, JSON, JSON Lines and Parquet.

A file is read whole or refused with a sentence that names the file, the line or row, and the column; nothing is
skipped or guessed. A `Row` hands out its values, checked, and names its place in the messages about them.

A text table separates fields by commas, or by tabs if its name ends in .tsv or its header has tabs and no comma. JSON
is a list of objects or, where the reader allows it, one object `{id: value}` or a list of bare values; JSON Lines
(.jsonl, .ndjson) has one object or value a line. Text files may be gzipped (captions.csv.gz).
"""

import csv
import difflib
import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.errors import UserError

GZIP, PARQUET, ZIP = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# First bytes of files that are often handed in for a table.
OTHER_KINDS = {
    ZIP: "a zip archive or an .xlsx spreadsheet",
    b"\xd0\xcf\x11\xe0": "an .xls spreadsheet",
    b"%PDF": "a PDF",
}
TABS, JSON, JSON_LINES = (".tsv", ".tab"), (".json",), (".jsonl", ".ndjson")
TABLES = (".csv", ".parquet", *TABS, *JSON, *JSON_LINES)
# Also written by pandas beside a blank (`2.0`) and by spreadsheets (`2.00`).
WHOLE = re.compile(r"([0-9]{1,9})(?:\.0*)?", re.ASCII)
# Column names that a message lists.
LISTED = 12
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
        way_out: what to do about a missing column where its name is the person's choice, not a misspelt one.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    way_out: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Row:
    """A row of a person's table.

    Attributes:
        place: where it stands in the file `path`: `line 7` of a text file, `row 7` of another.
        values: by `Column.name`: text in a text table, whatever JSON or Parquet have in others; None for no value.
        headers: the names of the columns in the file, by `Column.name`, where they differ.
    """

    path: Path
    place: str
    values: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, column: str) -> str:
        """The name of a column in the file, for messages."""
        return self.headers.get(column, column)

    def text(self, column: str) -> str:
        """The text of a column.

        Raises:
            UserError: it is missing, blank, no text, or text that UTF-8 cannot hold.
        """
        value = self.values.get(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            self.refuse(f"{self.header(column)} is empty", "expected text; fill it in or remove the row")
        if not isinstance(value, str):
            self.refuse(f"{self.header(column)} is {_shown(value)}", "expected text")
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
            self.refuse(f"{self.header(column)} is {_shown(value)}", "expected a whole number such as 5")
        return number

    def number(self, column: str) -> float:
        """A finite number.

        Raises:
            UserError: it is missing, or no such number.
        """
        value = self.values.get(column)
        try:
            number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            shown = "empty" if value is None else _shown(value)
            self.refuse(f"{self.header(column)} is {shown}", "expected a number such as 2.5")
        return number

    def shown(self, column: str) -> str:
        """The value of a column as a short literal, for messages."""
        return _shown(self.values.get(column))

    def refuse(self, problem: str, way_out: str) -> NoReturn:
        """Raise a UserError about this row."""
        raise UserError(f"{self.path}, {self.place}: {problem}; {way_out}")

    def _encodable(self, column: str, text: str) -> str:
        if not is_utf8(text):
            fault = f"{self.header(column)} has characters that are not UTF-8 ({_shown(text)})"
            self.refuse(fault, "save the file as UTF-8, or correct it")
        return text


class Unparsed(NamedTuple):
    """A record that the CSV parser cannot split into fields."""

    reason: str
    row: str


class Record(NamedTuple):
    """Fields of a record of a text table, and the line of the file in which it starts, from 1."""

    line: int
    fields: list[str] | Unparsed


def read(
    path: Path,
    columns: Sequence[Column],
    mapping: tuple[str, str] | None = None,
    *,
    bare: str | None = None,
    closed: bool = False,
) -> Iterator[Row]:
    """Yield the rows of a table in order, with the values of `columns` only.

    Args:
        mapping: columns for key and value of a JSON object `{id: value}`; without it, such an object is refused.
        bare: column of JSON values of which none is an object, as in a list of texts; without it, they are refused.
        closed: refuse columns that are not in `columns`.

    Raises:
        UserError: there is no such file, it is damaged, or its columns or fields are not as expected.
    """
    magic, suffix = first_bytes(path), _suffix(path)
    if magic.startswith(PARQUET) or suffix == ".parquet":
        return _parquet(path, columns, closed)
    if suffix in JSON:
        return _json(path, columns, mapping, bare, closed)
    if suffix in JSON_LINES:
        return _json_lines(path, columns, bare, closed)
    return _csv(path, columns, closed)


def is_table(path: Path) -> bool:
    """True for a file that `read` takes for a table: by its name (.csv, .tsv, .json, ...), or as Parquet."""
    return _suffix(path) in TABLES or first_bytes(path).startswith(PARQUET)


def read_json(path: Path) -> Any:
    """The value of a JSON file, with or without a byte order mark.

    Raises:
        UserError: there is no such file, it is empty or invalid, or an object in it has a key twice.
    """
    first_bytes(path)
    with _opened(path, newline=None) as file:
        text = file.read()
    if not text.strip():
        raise UserError(f"{path}: the file is empty; expected JSON")
    return _parsed(text, path, 1)


def objects(path: Path, columns: Sequence[Column], values: Sequence[tuple[str, Any]]) -> Iterator[Row]:
    """Yield the rows that the objects `values` (place, object) of a JSON file hold.

    Raises:
        UserError: a value is no object, or a column is missing in all of them.
    """
    return _objects(path, columns, values)


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    r"""Number and text of each line of a text file in UTF-8, without its end: \n, \r\n or \r, and nothing else.

    Raises:
        UserError: there is no such file, or it is not UTF-8, or UTF-16 without a byte order mark.
    """
    first_bytes(path)
    with _opened(path, newline=None) as file:
        for number, line in enumerate(file, start=1):
            if not is_utf8(line) or "\0" in line:
                fault = "zero bytes" if "\0" in line else "not UTF-8"
                raise UserError(f"{path}, line {number:,}: {fault}, expected UTF-8 text; save the file as UTF-8")
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
        digits = WHOLE.fullmatch(value.strip())
        return int(digits[1]) if digits else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
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
    text = repr(value)
    text = text if text.isprintable() else ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _named(names: Sequence[str]) -> str:
    """Column names on one line, for a message; a file that is no table may have thousands, with any characters."""
    shown = [name if name.isprintable() and len(name) <= 60 else _shown(name) for name in names[:LISTED]]
    return ", ".join(shown) + (f" and {len(names) - LISTED:,} others" if len(names) > LISTED else "")


def _suffix(path: Path) -> str:
    """`.csv` of captions.CSV and of captions.csv.gz."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def first_bytes(path: Path, *, zipped: bool = False) -> bytes:
    """The first bytes of a file; none of an empty one.

    Args:
        zipped: accept a zip archive.

    Raises:
        UserError: there is no such file, it is a folder, not readable, or of a kind that no reader reads.
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
    if (kind := OTHER_KINDS.get(magic)) and not (zipped and magic == ZIP):
        raise UserError(f"{path}: {kind}, expected a text or Parquet file; unpack it, or save it as `CSV UTF-8`")
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
    has_tab, has_comma = "\t" in header, "," in header
    tabs = has_tab or not has_comma if _suffix(path) in TABS else has_tab and not has_comma
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


def _csv(path: Path, columns: Sequence[Column], closed: bool) -> Iterator[Row]:
    """Rows of a text table; a blank line is no row."""
    with closing(csv_records(path)) as records:
        header = next(records, None)
        if header is None or not header.fields:
            _refuse_empty(path, columns)
        if isinstance(header.fields, Unparsed):
            raise UserError(f"{path}: the line of column names is not valid CSV: {header.fields.reason}; correct it")
        names = header.fields
        if any("\0" in name for name in names):
            raise UserError(f"{path}: zero bytes in the line of column names, expected UTF-8 text; save it as UTF-8")
        used = _used(path, names, columns, closed)
        headers = _renamed({name: names[index] for name, index in used.items()})
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
            yield Row(path, f"line {line:,}", values, headers)


def _parquet(path: Path, columns: Sequence[Column], closed: bool) -> Iterator[Row]:
    with _damage_named(path), pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        used = _used(path, names, columns, closed)
        wanted = {names[index]: name for name, index in used.items()}
        headers = _renamed({name: header for header, name in wanted.items()})
        number = 0
        for batch in file.iter_batches(batch_size=BATCH, columns=list(wanted)):
            values = [[_given(value) for value in batch.column(name).to_pylist()] for name in wanted]
            for row in zip(*values, strict=True):
                number += 1
                yield Row(path, f"row {number:,}", dict(zip(wanted.values(), row, strict=True)), headers)


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    # UnicodeDecodeError comes from damaged names and texts.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        cause = str(error).split("\n")[0]
        raise UserError(f"{path}: incomplete or damaged Parquet file: {cause}; write or download it again") from None


def _json(
    path: Path, columns: Sequence[Column], mapping: tuple[str, str] | None, bare: str | None, closed: bool
) -> Iterator[Row]:
    with _opened(path, newline=None) as file:
        text = file.read()
    if not text.strip():
        _refuse_empty(path, columns)
    content = _parsed(text, path, 1)
    if isinstance(content, dict) and _by_column(content, columns):
        raise UserError(
            f"{path}: one object of columns, expected a list of rows; write it as a list (pandas: orient='records')"
        )
    if isinstance(content, dict) and mapping is not None:
        content = [dict(zip(mapping, pair, strict=True)) for pair in content.items()]
    if not isinstance(content, list):
        forms = "a list of objects" + (f", or one object {{{mapping[0]}: {mapping[1]}}}" if mapping else "")
        raise UserError(f"{path}: the JSON is {_shown(content)}; expected {forms}")
    if not content:
        _refuse_empty(path, columns)
    values = [(f"row {number:,}", value) for number, value in enumerate(content, start=1)]
    yield from _objects(path, columns, values, bare, closed)


def _by_column(content: dict[str, Any], columns: Sequence[Column]) -> bool:
    """True for an object of columns (`{"caption": {"0": ...}}`, the default of pandas), not of rows."""
    present = [next((content[name] for name in column.names if name in content), None) for column in columns]
    required = [value for value, column in zip(present, columns, strict=True) if column.required]
    return bool(required) and all(isinstance(value, list | dict) for value in required)


def _json_lines(path: Path, columns: Sequence[Column], bare: str | None, closed: bool) -> Iterator[Row]:
    values = [(f"line {line:,}", _parsed(text, path, line)) for line, text in text_lines(path) if text.strip()]
    if not values:
        _refuse_empty(path, columns)
    yield from _objects(path, columns, values, bare, closed)


def _parsed(text: str, path: Path, line: int) -> Any:
    """The value of a JSON text that starts in a line of a file; a key that occurs twice in an object is an error."""
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        # A second value after the first.
        advice = "name a file of JSON Lines .jsonl" if error.msg == "Extra data" else "correct it"
        raise UserError(
            f"{path}, line {line + error.lineno - 1:,}: invalid JSON: {error.msg} (column {error.colno}); {advice}"
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


def _objects(
    path: Path,
    columns: Sequence[Column],
    values: Sequence[tuple[str, Any]],
    bare: str | None = None,
    closed: bool = False,
) -> Iterator[Row]:
    unnamed: dict[str, str] = {}
    if bare is not None and not any(isinstance(value, dict) for _, value in values):
        unnamed = {bare: "the value"}
        values = [(place, {bare: value}) for place, value in values]
    for place, value in values:
        if not isinstance(value, dict):
            raise UserError(f"{path}, {place}: {_shown(value)}; expected an object with {_listed(columns)}")
    keys = list(dict.fromkeys(key for _, value in values for key in value))
    used = {name: keys[index] for name, index in _used(path, keys, columns, closed).items()}
    headers = {**_renamed(used), **unnamed}
    for place, value in values:
        yield Row(path, place, {name: _given(value.get(key)) for name, key in used.items()}, headers)


def _renamed(headers: dict[str, str]) -> dict[str, str]:
    return {name: header for name, header in headers.items() if name != header}


def _given(value: Any) -> Any:
    """None for NaN, which pandas writes for no value."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _used(path: Path, names: Sequence[str], columns: Sequence[Column], closed: bool) -> dict[str, int]:
    """Index of each known column that the file has.

    Raises:
        UserError: a required column is missing, one is there twice, a name looks like a misspelt one, or, if
            `closed`, a name is unknown.
    """
    found = {column.name: next((name for name in column.names if name in names), None) for column in columns}
    known = {name for column in columns for name in column.names}
    others = [name for name in names if name not in known]
    for column in columns:
        if found[column.name] is None:
            _check_missing(path, column, names, others)
    if closed and others:
        allowed = ", ".join(" or ".join(column.names) for column in columns)
        raise UserError(f"{path}: unknown column {_shown(others[0])}; allowed: {allowed}; rename or remove it")
    if repeated := next((name for name in found.values() if name is not None and names.count(name) > 1), None):
        raise UserError(f"{path}: more than one column {repeated}; keep one")
    return {key: list(names).index(name) for key, name in found.items() if name is not None}


def _check_missing(path: Path, column: Column, names: Sequence[str], others: Sequence[str]) -> None:
    """Refuse that a required column is missing, or that one of the `others` looks like the column misspelt."""
    near = next((name for name in others for right in column.names if _alike(name, right)), None)
    if near is not None and not column.way_out:
        right = max(column.names, key=lambda right: difflib.SequenceMatcher(None, near, right).ratio())
        raise UserError(f"{path}: unknown column {_shown(near)}; did you mean {right}? rename or remove it")
    if column.required:
        missing = f"{path}: no column {' or '.join(column.names)}; found {_named(names)}{_other_separator(names)}"
        hint = f"; did you mean {_shown(near)}?" if near is not None else ""
        raise UserError(missing + hint + (f"; {column.way_out}" if column.way_out else ""))


def _alike(name: str, right: str) -> bool:
    """True if `name` is a misspelling of `right`, such as `Picture`, ` picture` or `pictrue`."""
    bare, right = (re.sub(r"[\s.-]", "_", text.strip().casefold()) for text in (name, right))
    return bare == right or difflib.SequenceMatcher(None, bare, right).ratio() >= MISSPELT


def _other_separator(names: Sequence[str]) -> str:
    other = len(names) == 1 and not {";", "\t", "|"}.isdisjoint(names[0])
    return " in one field; fields must be separated by commas" if other else ""


def _listed(columns: Sequence[Column]) -> str:
    return ", ".join(" or ".join(column.names) for column in columns if column.required)


def _refuse_empty(path: Path, columns: Sequence[Column]) -> NoReturn:
    raise UserError(f"{path}: the file is empty; expected a table with the columns {_listed(columns)}")
