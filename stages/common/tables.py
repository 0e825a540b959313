"""Writers of every table and JSON file: whole or not at all, and the same bytes for the same content."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 1 << 17


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it is moved into place when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Keeps the suffix, since numpy.savez and others append one that is missing.
    beside = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        beside.touch()
        mode = beside.stat().st_mode
        yield beside
        # Some writers (safetensors) make files that only their owner may read.
        beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def parquet_writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A writer of tables of `schema`, one after the other, with fixed options; the file comes whole or not at all."""
    # The Arrow schema carries dictionary and list types through a round trip.
    with (
        replacing(path) as beside,
        pq.ParquetWriter(beside, schema, compression="zstd", version="2.6", store_schema=True) as writer,
    ):
        yield writer


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write `table` with fixed options; pandas' schema metadata, which holds library versions, is dropped."""
    metadata = {key: value for key, value in (table.schema.metadata or {}).items() if key != b"pandas"}
    table = table.replace_schema_metadata(metadata)
    with parquet_writer(path, table.schema) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP)


def write_json(value: Any, path: Path) -> None:
    """Write `value` as JSON, keys in the order given; NaN and infinity are errors, as in JSON itself."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read what `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def save_with(save: Callable[[Path], Any], path: Path) -> None:
    """Let any library's `save(path)` write `path` whole or not at all."""
    with replacing(path) as beside:
        save(beside)
