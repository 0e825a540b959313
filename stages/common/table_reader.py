"""Strict reader of the tables that people hand in: CSV, TSV, JSON, JSON Lines and Parquet.

A file is read whole or refused with a sentence that names the file, the line or row, and the column; nothing is
skipped or guessed. A `Row` hands out its values, checked, and names its place in the messages about them.

A text table separates fields by commas, or by tabs if its name ends in .tsv or its header has tabs and no comma. JSON
is a list of objects or, where the reader allows it, one object `{id: value}` or a list of bare values; JSON Lines
(.jsonl, .ndjson) has one object or value a line. Text files may be gzipped (captions.csv.gz).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.errors import UserError
from stages.common.table_rows import Column, Row, listed, used_columns
from stages.common.text_files import (
    JSON_LINES,
    PARQUET,
    TABS,
    Unparsed,
    csv_records,
    first_bytes,
    opened,
    parse,
    shown,
    suffix_of,
    text_lines,
)

JSON = (".json",)
TABLES = (".csv", ".parquet", *TABS, *JSON, *JSON_LINES)
BATCH = 1 << 15


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
    suffix = suffix_of(path)
    if _is_parquet(path):
        return _parquet(path, columns, closed)
    if suffix in JSON:
        return _json(path, columns, mapping, bare, closed)
    if suffix in JSON_LINES:
        return _json_lines(path, columns, bare, closed)
    return _csv(path, columns, closed)


def is_table(path: Path) -> bool:
    """True for a file that `read` takes for a table: by its name (.csv, .tsv, .json, ...), or as Parquet."""
    return suffix_of(path) in TABLES or _is_parquet(path)


def column_types(path: Path) -> dict[str, pa.DataType]:
    """The types of a Parquet file's columns; empty for another file, whose values have types of their own."""
    if not _is_parquet(path):
        return {}
    with damage_named(path):
        schema = pq.read_schema(path)
    return dict(zip(schema.names, schema.types, strict=True))


def _is_parquet(path: Path) -> bool:
    return first_bytes(path).startswith(PARQUET) or suffix_of(path) == ".parquet"


def _csv(path: Path, columns: Sequence[Column], closed: bool) -> Iterator[Row]:
    """Rows of a text table; a blank line is no row, unless there is only one column."""
    with closing(csv_records(path)) as records:
        header = next(records, None)
        if header is None:
            _refuse_empty(path, columns)
        if not header.fields:
            raise UserError(f"{path}: line 1 is empty, expected column names ({listed(columns)}); remove the line")
        if isinstance(header.fields, Unparsed):
            raise UserError(f"{path}: the line of column names is not valid CSV: {header.fields.reason}; correct it")
        names = header.fields
        if any("\0" in name for name in names):
            raise UserError(f"{path}: zero bytes in the line of column names, expected UTF-8 text; save it as UTF-8")
        used = used_columns(path, names, columns, closed)
        headers = _renamed({name: names[index] for name, index in used.items()})
        for line, fields in records:
            if isinstance(fields, Unparsed):
                raise UserError(f"{path}, line {line:,}: {fields.reason}; double the quotes that are part of the text")
            if not fields and len(names) > 1:
                continue
            # A spreadsheet writes an empty cell of its only column as a blank line.
            fields = fields or [""]
            if len(fields) != len(names):
                raise UserError(
                    f"{path}, line {line:,}: {len(fields)} fields, but the header has {len(names)}; put quotes around "
                    f"a text with separators, or correct the line"
                )
            values = {name: fields[index] or None for name, index in used.items()}
            yield Row(path, f"line {line:,}", values, headers)


def _parquet(path: Path, columns: Sequence[Column], closed: bool) -> Iterator[Row]:
    with damage_named(path), pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        used = {name: names[index] for name, index in used_columns(path, names, columns, closed).items()}
        headers = _renamed(used)
        number = 0
        for batch in file.iter_batches(batch_size=BATCH, columns=list(dict.fromkeys(used.values()))):
            values = [[_given(value) for value in batch.column(header).to_pylist()] for header in used.values()]
            for row in zip(*values, strict=True):
                number += 1
                yield Row(path, f"row {number:,}", dict(zip(used, row, strict=True)), headers)


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn the exceptions of pyarrow about a damaged file into a UserError."""
    try:
        yield
    # UnicodeDecodeError comes from damaged names and texts.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        cause = str(error).split("\n")[0]
        raise UserError(f"{path}: incomplete or damaged Parquet file: {cause}; write or download it again") from None


def _json(
    path: Path, columns: Sequence[Column], mapping: tuple[str, str] | None, bare: str | None, closed: bool
) -> Iterator[Row]:
    with opened(path, newline=None) as file:
        text = file.read()
    if not text.strip():
        _refuse_empty(path, columns)
    content = parse(text, path, 1)
    if isinstance(content, dict) and _by_column(content, columns):
        raise UserError(
            f"{path}: one object with the names of columns, expected a list of rows; write it as a list (pandas: "
            "orient='records')"
        )
    if isinstance(content, dict) and mapping is not None:
        content = [dict(zip(mapping, pair, strict=True)) for pair in content.items()]
    if not isinstance(content, list):
        forms = "a list of objects" + (f", or one object {{{mapping[0]}: {mapping[1]}}}" if mapping else "")
        raise UserError(f"{path}: the JSON is {shown(content)}; expected {forms}")
    if not content:
        _refuse_empty(path, columns)
    values = [(f"row {number:,}", value) for number, value in enumerate(content, start=1)]
    yield from objects(path, columns, values, bare, closed)


def _by_column(content: dict[str, Any], columns: Sequence[Column]) -> bool:
    """True for one row, or an object of columns (`{"caption": {"0": ...}}`, pandas' default), not for `{id: value}`."""
    return any(name in content for column in columns if column.required for name in column.names)


def _json_lines(path: Path, columns: Sequence[Column], bare: str | None, closed: bool) -> Iterator[Row]:
    values = _Lines(path)
    if not any(True for _ in values):
        _refuse_empty(path, columns)
    yield from objects(path, columns, values, bare, closed)


class _Lines:
    """Place and value of each line of a JSON Lines file, read anew in each loop and not held in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for line, text in text_lines(self._path):
            if text.strip():
                yield f"line {line:,}", parse(text, self._path, line)


def objects(
    path: Path,
    columns: Sequence[Column],
    values: Iterable[tuple[str, Any]],
    bare: str | None = None,
    closed: bool = False,
) -> Iterator[Row]:
    """Yield the rows that the objects `values` (place, object) of a JSON file hold; `bare` and `closed` as in `read`.

    Args:
        values: looped over twice, since the columns are the keys of all objects.

    Raises:
        UserError: a value is no object, or the columns are not as expected.
    """
    found: dict[str, None] = {}
    first_bare, named = None, False
    for place, value in values:
        if isinstance(value, dict):
            named = True
            found.update(dict.fromkeys(value))
        else:
            first_bare = first_bare or (place, value)
    unnamed = bare if first_bare and not named else None
    if first_bare and unnamed is None:
        place, value = first_bare
        raise UserError(f"{path}, {place}: {shown(value)}; expected an object with {listed(columns)}")
    keys = list(found) if unnamed is None else [unnamed]
    used = {name: keys[index] for name, index in used_columns(path, keys, columns, closed).items()}
    headers = _renamed(used) if unnamed is None else {unnamed: "the value"}
    for place, value in values:
        fields = value if unnamed is None else {unnamed: value}
        yield Row(path, place, {name: _given(fields.get(key)) for name, key in used.items()}, headers)


def _renamed(headers: dict[str, str]) -> dict[str, str]:
    return {name: header for name, header in headers.items() if name != header}


def _given(value: Any) -> Any:
    """None for NaN, which pandas writes for no value."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _refuse_empty(path: Path, columns: Sequence[Column]) -> NoReturn:
    raise UserError(f"{path}: the file is empty; expected a table with the columns {listed(columns)}")
