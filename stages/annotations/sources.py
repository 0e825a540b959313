"""Read annotations record by record from CSV, gzipped CSV or Parquet, recognised by the first bytes of the file."""

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stages.annotations.ingest import OPTIONAL, REQUIRED, Annotation, ExclusionReason, Reject, Row, validate
from stages.common.emotions import Emotions
from stages.common.errors import UserError
from stages.common.table_rows import alike
from stages.common.text_files import PARQUET, Unparsed, csv_records, first_bytes, shown

BATCH = 1 << 15
USED = (*REQUIRED, *OPTIONAL)


def read(path: Path, emotions: Emotions, excluded: ExclusionReason | None = None) -> Iterator[Annotation | Reject]:
    """Yield each record of the file in order.

    Bytes that are not UTF-8 are parsed as surrogates, so that one bad character costs
    one record and not the file.

    Args:
        emotions: see `validate`; none for a file that `has_emotions` denies.

    Raises:
        UserError: the file is empty, lacks a required column, or cannot be parsed from some line on.
    """
    with closing(_rows(path)) as rows:
        header = _checked(next(rows, None), path)
        if emotions and "emotion" not in header:
            raise UserError(f"{path}: no column emotion; found {', '.join(header)}")
        yield from validate(header, rows, emotions, excluded)


def has_emotions(path: Path) -> bool:
    """True if any record of the file has text in the column `emotion`; the first one decides in nearly every file.

    Raises:
        UserError: as `read`.
    """
    with closing(_rows(path)) as rows:
        header = _checked(next(rows, None), path)
        if "emotion" not in header:
            return False
        place = header.index("emotion")
        return any(not isinstance(row, Unparsed) and len(row) > place and row[place].strip() for row in rows)


def _rows(path: Path) -> Generator[Row]:
    """The header and every record."""
    if first_bytes(path) == PARQUET:
        yield from _parquet(path)
    else:
        yield from (fields for _, fields in csv_records(path, ","))


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
    if repeated := sorted({name for name in header if header.count(name) > 1 and name in USED}):
        raise UserError(f"{path}: more than one column {', '.join(repeated)}; keep one")
    others = [name for name in header if name not in USED]
    for column in OPTIONAL:
        # A data set that loses its emotions by a typing error is not what anybody wants.
        near = next((name for name in others if alike(name, column, certain=column != "emotion")), None)
        if column not in header and near is not None:
            raise UserError(f"{path}: unknown column {shown(near)}; did you mean {column}? rename or remove it")
    return header


def _parquet(path: Path) -> Generator[Row]:
    """Yield the header, then every row as a CSV file would hold it; null becomes the empty text."""
    try:
        with pq.ParquetFile(path) as file:
            _check_types(file.schema_arrow, path)
            names = [name for name in file.schema_arrow.names if name in USED]
            yield names
            for batch in file.iter_batches(batch_size=BATCH, columns=names):
                yield from map(list, zip(*(_texts(column) for column in batch.columns), strict=True))
    # UnicodeDecodeError comes from a damaged column name.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        cause = str(error).split("\n")[0]
        raise UserError(f"{path}: incomplete or damaged Parquet file: {cause}; download it again") from None


def _check_types(schema: pa.Schema, path: Path) -> None:
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        # pandas and pyarrow give a column without any value the type null.
        empty = field.name in OPTIONAL and pa.types.is_null(kind)
        if field.name in USED and field.name != "repetition" and not (text or empty):
            raise UserError(f"{path}: column {field.name} is {field.type}; allowed: strings")
        # pandas makes floats of whole numbers beside a missing one.
        if field.name == "repetition" and not (text or empty or _is_number(kind)):
            raise UserError(f"{path}: column repetition is {field.type}; allowed: whole numbers")


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _texts(column: pa.Array) -> list[str]:
    """Decode via bytes, since strings in a Parquet file may hold bytes that are not UTF-8 too."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_integer(column.type):
        column = pc.cast(column, pa.string())
    elif _is_number(column.type):
        # NaN is what pandas writes for no value.
        return ["" if value is None or value != value else str(value) for value in column.to_pylist()]
    values = pc.cast(column, pa.large_binary()).to_pylist()
    return [value.decode("utf-8", "surrogateescape") if value is not None else "" for value in values]
