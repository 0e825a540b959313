"""Atomic, reproducible writes of tables, JSON and any library's files; checks of disk space and of the names that
people give to results, before long work.

pyarrow writes the tables. pandas' own `to_parquet` and `to_json` do not replace this file:
they write in place, so a killed stage would leave half a file under an out's name, and the
Parquet files of pandas hold its version, so their bytes would change with each release.
"""

import errno
import json
import mmap
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.errors import UserError
from stages.common.terminal import printable

ROW_GROUP = 1 << 17
GB = 1e9
# Tries to make a folder that other processes make and remove, too.
RACES = 100
# A link there may lead to a file, as /dev/stdout does, but must not become one.
DEVICES = (Path("/dev"), Path("/dev/fd"))
# Reasons for a failed write that a person can remove.
CORRECTABLE = {
    code: os.strerror(code)
    for code in (
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
        *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG),
    )
}


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` to write to; it replaces `path` when the block succeeds.

    Raises:
        UserError: `path` cannot be written, for example because the disk is full or read-only.
    """
    temporary = _beside(path, "partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        # Some writers (safetensors) make files that only their owner may read.
        temporary.chmod(mode)
        temporary.replace(path)
    except Exception as error:
        if reason := _correctable(error, temporary):
            raise UserError(f"{path} cannot be written: {reason}; nothing of it was kept") from None
        raise
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _beside(path: Path, mark: str) -> Path:
    # Keeps the suffix: numpy.savez and others append one that is missing.
    return path.with_name(f".{path.stem}.{mark}{path.suffix}")


def _correctable(error: Exception, temporary: Path) -> str | None:
    """Reason why `temporary` could not be written, if a person can remove it; None for errors of other files."""
    if getattr(error, "filename", None) not in (None, str(temporary), str(temporary.parent)):
        return None
    if (code := getattr(error, "errno", None)) in CORRECTABLE:
        return CORRECTABLE[code]
    # safetensors gives the reason in its message only, NumPy gives none.
    if reason := next((reason for reason in CORRECTABLE.values() if reason in str(error)), None):
        return reason
    full = isinstance(error, OSError) and code is None and shutil.disk_usage(temporary.parent).free == 0
    return CORRECTABLE[errno.ENOSPC] if full else None


def write_with(save: Callable[[Path], Any], path: Path) -> None:
    """Write `path` atomically with any library's `save(path)`."""
    with atomic_write(path) as temporary:
        save(temporary)


@contextmanager
def parquet_writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Atomic writer of consecutive tables of `schema`, with fixed options."""
    # The Arrow schema carries dictionary and list types through a round trip.
    with (
        atomic_write(path) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", version="2.6", store_schema=True) as writer,
    ):
        yield writer


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write `table` with fixed options, without pandas' schema metadata."""
    metadata = {key: value for key, value in (table.schema.metadata or {}).items() if key != b"pandas"}
    table = table.replace_schema_metadata(metadata)
    with parquet_writer(path, table.schema) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP)


def write_json(value: Any, path: Path) -> None:
    """Write `value` as JSON, keys in the order given; NaN and infinity are errors, as in JSON itself."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def require_space(folder: Path, needed: int, what: str) -> None:
    """Check that `needed` bytes fit into `folder`, which need not exist yet.

    Args:
        what: the data to be written, for the message.

    Raises:
        UserError: the disk has less free space; the message names both sizes.
    """
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise UserError(
            f"{what} will take {needed / GB:.2f} GB in {folder}, but its disk has {free / GB:.2f} GB free; free some "
            f"space (`dvc gc --workspace` removes results of earlier runs) or use a larger disk"
        )


def out_file(given: str, suffixes: Sequence[str] = (), inputs: Iterable[Path] = ()) -> Path:
    """The path of a file that a person wants written, checked before any work; nothing is made yet.

    Args:
        suffixes: the allowed ones, in lower case; by default any.
        inputs: files that it must not replace.

    Raises:
        UserError: the name is empty or of another kind, or a folder, an input, a device or a read-only file has it, or
            its folder cannot be written to.
    """
    kinds = f" ({', '.join(suffixes)})" if suffixes else ""
    path, status = _named(given, f"a file{kinds}")
    if (status and stat.S_ISDIR(status.st_mode)) or given.endswith("/"):
        raise UserError(f"{printable(given)}: a folder; expected the name of a file{kinds}")
    if suffixes and path.suffix.lower() not in suffixes:
        raise UserError(
            f"{printable(path)}: results are written as {' or '.join(suffixes)}; choose one of these endings"
        )
    if path.absolute().parent in DEVICES or (status and not stat.S_ISREG(status.st_mode)):
        raise UserError(f"{printable(path)}: a device or a pipe; results are written to files, choose a file's name")
    # Replacing a file asks for no permission to write to it, but who took that away wants to keep it.
    if status and not (status.st_mode & 0o222 and os.access(path, os.W_OK)):
        raise UserError(f"{printable(path)}: a read-only file is there; choose another name, or allow writing to it")
    _refuse_inputs(path, status, inputs)
    _require_writable(path, _beside(path, secrets.token_hex(4)[1:]))
    return path


def out_folder(given: str, inputs: Iterable[Path] = ()) -> Path:
    """As `out_file`, for a folder, which may be there already."""
    path, status = _named(given, "a folder")
    if status and not stat.S_ISDIR(status.st_mode):
        raise UserError(f"{printable(path)}: a file; expected the name of a folder, an existing or a new one")
    _refuse_inputs(path, status, inputs)
    _require_writable(path, path / f".{secrets.token_hex(4)}")
    return path


def _named(given: str, expected: str) -> tuple[Path, os.stat_result | None]:
    """The path, and its status if there is something."""
    if not given.strip():
        raise UserError(f"the name of the result is empty ({given!r}); give that of {expected}")
    path = Path(given)
    try:
        return path, path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return path, None
    except (OSError, ValueError) as error:
        raise UserError(f"{printable(path)} cannot be written: {_reason(error)}; choose another name") from None


def _refuse_inputs(path: Path, status: os.stat_result | None, inputs: Iterable[Path]) -> None:
    for each in inputs if status else ():
        with suppress(OSError, ValueError):
            if each.samefile(path):
                raise UserError(
                    f"{printable(path)}: an input of this command, not a place for its result; choose another name"
                )


def _require_writable(path: Path, probe: Path) -> None:
    """Make the folders and the file `probe`, and remove them again.

    The rights of a folder do not tell: its disk may be read-only, and an administrator may write anyway.
    """
    try:
        for _ in range(RACES):
            # Another process may just make or remove the same folders, for the same reason.
            with suppress(FileNotFoundError, FileExistsError):
                return _probe(probe)
        _probe(probe)
    except (OSError, ValueError) as error:
        obstacle = next((folder for folder in probe.parents if folder.is_file()), None)
        reason = f"{printable(obstacle)} is a file, not a folder" if obstacle else _reason(error)
        raise UserError(f"{printable(path)} cannot be written: {reason}; choose another place") from None


def _probe(probe: Path) -> None:
    made: list[Path] = []
    try:
        for folder in reversed([probe.parent, *probe.parent.parents]):
            if not folder.is_dir():
                folder.mkdir()
                made.append(folder)
        probe.touch(exist_ok=False)
        probe.unlink()
    finally:
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


class MappedArray(np.ndarray):
    """A memory-mapped array; indexing returns a copy and releases the pages that it read.

    A plain memory map keeps every page that was read, 16 GB for the pictures of ArtEmis: the system can reclaim them,
    but counts them as memory of this process.
    """

    @classmethod
    def open(cls, path: Path) -> "MappedArray":
        """Map the array of an .npy file.

        Raises:
            ValueError: it is none, or cut off.
        """
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, kind = np.lib.format.read_array_header_1_0(file)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            try:
                return cls(shape, kind, mapped, file.tell())
            except TypeError as error:  # NumPy's complaint about a buffer that is too small
                raise ValueError(f"{path.name} is cut off: {error}") from None

    def __getitem__(self, rows: Any) -> Any:
        values = np.array(super().__getitem__(rows))
        if isinstance(self.base, mmap.mmap):
            self.base.madvise(mmap.MADV_DONTNEED)
        return values
