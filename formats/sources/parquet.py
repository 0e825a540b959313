"""Pictures in Parquet files, as in the image columns of Hugging Face: each row has the bytes of a picture file."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from formats.sources.fetch import is_url, listing_errors
from formats.sources.parquet_rows import OPTIONS, value
from formats.sources.picture import Version
from formats.sources.random_access import open_at
from formats.sources.remote import RemoteFile
from stages.common.errors import UserError
from stages.common.picture_names import as_text
from stages.common.pictures import UnreadablePicture
from stages.common.table_reader import damage_named
from stages.common.terminal import printable
from stages.common.text_files import shown

SUFFIX = ".parquet"
# Names of a column of pictures that is preferred to others, and of one with the emotion of each picture's captions.
NAMES, EMOTIONS = ("image", "picture"), ("emotion", "grounding_emotion")
# Columns of a list of paths, as in picture_lists.
PATHS = ("picture", "image_file")


@dataclass(frozen=True, slots=True)
class ParquetRow:
    """A picture in a Parquet file; its text is that of the file, `#`, and the number of its row from 0.

    Attributes:
        file_version: of the file when it was listed.
    """

    file: str
    column: str
    row: int
    file_version: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.file}#{self.row}"

    @property
    def name(self) -> str:
        return RemoteFile(str(self)).name if is_url(self.file) else as_text(Path(str(self)))

    def version(self) -> Version | None:
        return [*self.file_version, self.row]

    def read(self) -> bytes:
        """The bytes of the picture file.

        Raises:
            Unreachable: the Parquet file is behind a URL, and the network or the server is at fault.
            UnreadablePicture: the row has no bytes, or the Parquet file is damaged or has been replaced.
        """
        found = value(self.file, self.column, self.row, self.file_version)
        content = found.get("bytes") if isinstance(found, dict) else found
        if content is None:
            path = found.get("path") if isinstance(found, dict) else None
            raise UnreadablePicture(f"only the path {shown(path)} in this row" if path else "no picture in this row")
        return content


def has_pictures(file: str) -> bool:
    """True for a Parquet file with the bytes of pictures, False for a list of their paths.

    Raises:
        UserError: there is no such file, or it is damaged.
    """
    with open_at(file).file as opened, _errors(file):
        schema = pq.read_schema(opened)
    columns = _columns(schema)
    is_list = any(name in schema.names and name not in columns for name in PATHS)
    return any(name in columns for name in NAMES) or (bool(columns) and not is_list)


def find(file: str) -> Iterator[tuple[ParquetRow, str | None]]:
    """The pictures in a Parquet file in order, those of empty rows too, with the emotion of their captions if given.

    Raises:
        UserError: there is no such file, it is damaged, or no or several columns may be those of the pictures.
    """
    opened = open_at(file)
    with opened.file, _errors(file), pq.ParquetFile(opened.file, **OPTIONS) as table:
        column = _column(file, table.schema_arrow)
        version = tuple(opened.version)
        for row, emotion in enumerate(_emotions(file, table)):
            yield ParquetRow(file, column, row, version), emotion
        if not table.metadata.num_rows:
            raise UserError(f"{printable(file)}: no rows; expected a picture in each")


def _errors(file: str) -> AbstractContextManager[None]:
    return listing_errors(file) if is_url(file) else damage_named(Path(file))


def _columns(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if _has_bytes(field.type)]


def _has_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(part.name == "bytes" and _has_bytes(part.type) for part in kind)
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)


def _column(file: str, schema: pa.Schema) -> str:
    columns = _columns(schema)
    if named := next((name for name in NAMES if name in columns), None):
        return named
    if len(columns) != 1:
        found = ", ".join(columns) or "none"
        raise UserError(
            f"{printable(file)}: expected one column of pictures (bytes, or a struct with `bytes`), found {found}; "
            f"name that of the pictures `{NAMES[0]}`"
        )
    return columns[0]


def _emotions(file: str, table: pq.ParquetFile) -> Iterator[str | None]:
    """The emotion of each row, None in files without any."""
    column = next((name for name in EMOTIONS if name in table.schema_arrow.names), None)
    if column is None:
        yield from (None for _ in range(table.metadata.num_rows))
        return
    number = 0
    for batch in table.iter_batches(columns=[column]):
        for emotion in batch.column(0).to_pylist():
            if emotion is not None and not isinstance(emotion, str):
                raise UserError(f"{printable(file)}, row {number}: {column} is {shown(emotion)}; expected text")
            yield (emotion or "").strip() or None
            number += 1
