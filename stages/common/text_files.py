"""Text files that people hand in: the lines of a text, the records of a CSV file, the value of a JSON file.

Files are UTF-8, with or without a byte order mark, gzipped or not. What cannot be read is refused with a sentence that
names the file and the line.
"""

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from stages.common.errors import UserError

GZIP, PARQUET, ZIP = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# First bytes of files that are often handed in for a table.
OTHER_KINDS = {
    ZIP: "a zip archive or an .xlsx spreadsheet",
    b"\xd0\xcf\x11\xe0": "an .xls spreadsheet",
    b"%PDF": "a PDF",
}
TABS, JSON_LINES = (".tsv", ".tab"), (".jsonl", ".ndjson")
# A longer field is a quote that was never closed; the limit also bounds the memory.
MAX_FIELD = 1 << 24


class Unparsed(NamedTuple):
    """A record that the CSV parser cannot split into fields."""

    reason: str
    row: str


class Record(NamedTuple):
    """Fields of a record of a text table, and the line of the file in which it starts, from 1."""

    line: int
    fields: list[str] | Unparsed


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
def opened(path: Path, newline: str | None) -> Iterator[IO[str]]:
    """The text of a file in UTF-8, gzipped or not, with or without a byte order mark; other bytes are surrogates."""
    gzipped = first_bytes(path).startswith(GZIP)
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            yield io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline=newline)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: incomplete or damaged gzip file: {error}; download it again") from None


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    r"""Number and text of each line of a text file in UTF-8, without its end: \n, \r\n or \r, and nothing else.

    Raises:
        UserError: there is no such file, or it is not UTF-8, or UTF-16 without a byte order mark.
    """
    first_bytes(path)
    with opened(path, newline=None) as file:
        yield from _lines(file, path)


def input_lines() -> Iterator[tuple[int, str]]:
    """As `text_lines`, of standard input; none if it is closed.

    Raises:
        UserError: it is not UTF-8.
    """
    if sys.stdin is not None:
        text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="surrogateescape", newline=None)
        yield from _lines(text, "standard input")


def _lines(text: Iterable[str], source: Path | str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text, start=1):
        if not is_utf8(line) or "\0" in line:
            fault = "zero bytes" if "\0" in line else "not UTF-8"
            raise UserError(f"{source}, line {number:,}: {fault}, expected UTF-8 text; save it as UTF-8")
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
    with opened(path, newline="") as file:
        if separator is None:
            separator, file = _separator(path, file)
        yield from _without_trailing_blanks(_records(file, path, separator))


def _separator(path: Path, file: IO[str]) -> tuple[str, IO[str]]:
    """The separator, and the file from its start."""
    header = file.readline()
    file.seek(0)
    has_tab, has_comma = "\t" in header, "," in header
    tabs = has_tab or not has_comma if suffix_of(path) in TABS else has_tab and not has_comma
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


def read_json(path: Path) -> Any:
    """The value of a JSON file, with or without a byte order mark.

    Raises:
        UserError: there is no such file, it is empty or invalid, or an object in it has a key twice.
    """
    first_bytes(path)
    with opened(path, newline=None) as file:
        text = file.read()
    if not text.strip():
        raise UserError(f"{path}: the file is empty; expected JSON")
    return parse(text, path, 1)


def parse(text: str, path: Path, line: int) -> Any:
    """The value of a JSON text that starts in a line of a file; a key that occurs twice in an object is an error."""
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        # A second value after the first.
        advice = "name a file of JSON Lines .jsonl" if error.msg == "Extra data" else "correct it"
        if suffix_of(path) in JSON_LINES:
            advice = "expected a whole value in each line; correct it, or name a list .json"
        raise UserError(
            f"{path}, line {line + error.lineno - 1:,}: invalid JSON: {error.msg} (column {error.colno}); {advice}"
        ) from None
    except _RepeatedKey as repeated:
        place = f", line {line:,}" if suffix_of(path) in JSON_LINES else ""
        raise UserError(f"{path}{place}: the key {shown(str(repeated))} occurs twice in one object; keep one") from None
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


def is_utf8(text: str) -> bool:
    """False if `text` has surrogates, which stand for bytes that are not UTF-8 or for half a character."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: Any) -> str:
    """A short Python literal of a value, for a message."""
    text = repr(value)
    text = text if text.isprintable() else ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def suffix_of(path: Path) -> str:
    """`.csv` of captions.CSV and of captions.csv.gz."""
    return Path(path.name.lower().removesuffix(".gz")).suffix
