"""Write tables and JSON atomically and reproducibly; check disk space before long work."""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.errors import UserError

ROW_GROUP = 1 << 17
# What a person can mend when a file cannot be written.
MENDABLE = {
    code: os.strerror(code)
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR)
}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it is moved into place when the block ends well.

    Raises:
        UserError: it cannot be written, since the disk is full, say, or the folder read-only.
    """
    # Keeps the suffix, since numpy.savez and others append one that is missing.
    beside = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        mode = beside.stat().st_mode
        yield beside
        # Some writers (safetensors) make files that only their owner may read.
        beside.chmod(mode)
        beside.replace(path)
    except Exception as error:
        if cause := _mendable(error, beside):
            raise UserError(f"{path} cannot be written: {cause}; nothing of it was kept") from None
        raise
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _mendable(error: Exception, beside: Path) -> str | None:
    """Why `beside` could not be written, if a person can mend it; of another file's trouble its reader tells."""
    if getattr(error, "filename", None) not in (None, str(beside), str(beside.parent)):
        return None
    if (code := getattr(error, "errno", None)) in MENDABLE:
        return MENDABLE[code]
    # safetensors tells it in words only, NumPy not at all.
    if words := next((words for words in MENDABLE.values() if words in str(error)), None):
        return words
    full = isinstance(error, OSError) and code is None and shutil.disk_usage(beside.parent).free == 0
    return MENDABLE[errno.ENOSPC] if full else None


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


GB = 1e9


def require(folder: Path, needed: int, what: str) -> None:
    """Make sure that `what` can write `needed` bytes into `folder`, which need not exist yet.

    Raises:
        UserError: its disk has less free, naming both sizes.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise UserError(
            f"{what} will take {needed / GB:.2f} GB in {folder}, but its disk has {free / GB:.2f} GB free; make room "
            f"(`dvc gc --workspace` lets go of results of earlier runs), or work on a bigger disk"
        )
