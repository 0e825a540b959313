"""Rows of a data set's Parquet files, a few at a time, with the picture of each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from formats.hub.columns import Columns, find_columns
from stages.common.errors import UserError
from stages.common.text_files import first_bytes

# A row can hold a picture of many megabytes, so only a few are in memory. Without a buffer, or with pyarrow's
# `pre_buffer`, a whole row group would be, and many files have one for all of their rows.
ROWS, BUFFER = 16, 1 << 20
ROWS_OF_LABELS = 1 << 15
# Of `version https://git-lfs...`, the text that stands in a clone for a file that Git LFS has not fetched.
POINTER = b"vers"


class Labels(NamedTuple):
    """Labels of a row; None where it has none."""

    emotion: str | None
    language: str | None
    split: str | None


class Row(NamedTuple):
    """A row; a value is None where there is none, and surrogates stand for what is not UTF-8.

    `number` counts from 1 in each file; `texts` are several where the column holds lists.
    """

    file: Path
    number: int
    picture: bytes | None
    path: str | None
    art_style: str | None
    painting: str | None
    texts: list[str | None]
    labels: Labels


class Shards:
    """The Parquet files of one data set.

    Attributes:
        columns: those that are read, the same in each file.
        rows: number of rows of all files.

    Raises:
        UserError: see `find_columns`; or a file is damaged, its columns differ from those of the first, or no row
            has a picture.
    """

    def __init__(self, files: Sequence[Path], split_column: str | None = None) -> None:
        self._files = files
        self.rows = 0
        found: dict[Path, Columns] = {}
        for file in files:
            with _opened(file) as parquet:
                found[file] = find_columns(parquet.schema_arrow, file, split_column)
                self.rows += parquet.metadata.num_rows
        self.columns = found[files[0]]
        if other := next((file for file in files if found[file] != self.columns), None):
            raise UserError(f"{other}: other columns or classes than {files[0]}; import files of one kind at a time")
        if not any(map(self._has_picture, files)):
            column = self.columns.names["picture"]
            raise UserError(f"{files[0]}: no row has a picture (all values of column {column} are null)")

    def _has_picture(self, file: Path) -> bool:
        with _opened(file) as parquet:
            batches = parquet.iter_batches(ROWS, columns=[self.columns.names["picture"]])
            return any(any(_pictures(batch.column(0))[0]) for batch in batches)

    def labels(self) -> Counter[Labels]:
        """Number of rows by their labels; reads no picture."""
        counts: Counter[Labels] = Counter()
        there = [self.columns.names[name] for name in Labels._fields if name in self.columns.names]
        if not there:
            return Counter({Labels(None, None, None): self.rows})
        for file in self._files:
            with _opened(file) as parquet:
                for batch in parquet.iter_batches(ROWS_OF_LABELS, columns=there):
                    counts.update(self._labels(batch))
        return counts

    def __iter__(self) -> Iterator[Row]:
        for file in self._files:
            with _opened(file) as parquet:
                number = 1
                for batch in parquet.iter_batches(ROWS, columns=list(self.columns.names.values())):
                    pictures, paths = _pictures(batch.column(self.columns.names["picture"]))
                    columns = (self._texts(batch, name) for name in ("art_style", "painting"))
                    texts = _lists(batch.column(self.columns.names["text"]))
                    for values in zip(pictures, paths, *columns, texts, self._labels(batch), strict=True):
                        yield Row(file, number, *values)
                        number += 1

    def _labels(self, batch: pa.RecordBatch) -> Iterator[Labels]:
        return map(Labels, *(self._texts(batch, name) for name in Labels._fields))

    def _texts(self, batch: pa.RecordBatch, name: str) -> list[str | None]:
        """Values of the column of our name `name`."""
        if name not in self.columns.names:
            return [None] * len(batch)
        column = batch.column(self.columns.names[name])
        if (classes := self.columns.classes.get(name)) is None:
            return _texts(column)
        # -1 stands for no class.
        return [
            classes[value] if value is not None and 0 <= value < len(classes) else None for value in column.to_pylist()
        ]


@contextmanager
def _opened(file: Path) -> Iterator[pq.ParquetFile]:
    if first_bytes(file) == POINTER:
        raise UserError(f"{file}: a pointer of Git LFS in place of the file; `git lfs pull` fetches it")
    try:
        with pq.ParquetFile(file, pre_buffer=False, buffer_size=BUFFER) as parquet:
            yield parquet
    # UnicodeDecodeError comes from a damaged column name.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        cause = str(error).partition("\n")[0]
        raise UserError(f"{file}: incomplete or damaged Parquet file: {cause}; download it again") from None


def _pictures(column: pa.Array) -> tuple[list[bytes | None], list[str | None]]:
    """Bytes and path of each picture."""
    if not pa.types.is_struct(column.type):
        return column.to_pylist(), [None] * len(column)
    # Unlike `field`, `flatten` makes the parts of a missing picture missing.
    parts = dict(zip((field.name for field in column.type), column.flatten(), strict=True))
    path = parts.get("path")
    has_path = path is not None and not pa.types.is_null(path.type)
    return parts["bytes"].to_pylist(), _texts(path) if has_path else [None] * len(column)


def _lists(column: pa.Array) -> list[list[str | None]]:
    """The texts of each row."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return [_texts(value.values) if value.is_valid else [] for value in column]
    return [[text] for text in _texts(column)]


def _texts(column: pa.Array) -> list[str | None]:
    """Decode via bytes, since strings in a Parquet file may hold bytes that are not UTF-8 too."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    values = pc.cast(column, pa.large_binary()).to_pylist()
    return [value.decode("utf-8", "surrogateescape") if value is not None else None for value in values]
