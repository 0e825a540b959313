"""The index of the paraphrases in the user's cache, made once per machine and mapped into memory."""

import hashlib
import mmap
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

import numpy as np

from stages.common.errors import UserError
from stages.metrics.meteor.paraphrase_index import Index, build
from stages.metrics.meteor.resources import ADVICE

if sys.platform != "win32":
    import fcntl

# Increased whenever the form of the index changes.
VERSION = 1
NAME = "artemis-dvc"
# Bytes of the checksum at the end of the file.
CHECKSUM = 4
SLOW = "METEOR reads its paraphrases anew at each start, which takes 15 s"


def load(source: Path) -> Index:
    """The index of a file of paraphrases, from the cache or made now.

    Several processes may ask at once: one makes it, and the others wait. If the cache cannot be written to, or its file
    is damaged, a line on stderr says so and the index is made again.

    Raises:
        UserError: the source cannot be read, is damaged, or in another form.
    """
    try:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{source}: METEOR's paraphrases cannot be read ({error.strerror}); {ADVICE}") from None
    try:
        path = folder() / f"meteor-{digest}-{VERSION}.index"
    except RuntimeError as error:  # the user has no home
        _notice(f"There is no cache ({error}), so {SLOW}")
        return build(source)
    try:
        return read(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        _notice(f"{path} is damaged ({error}) and is made again")
    return _made(source, path)


def _made(source: Path, path: Path) -> Index:
    """Make the index, or wait for the process that does."""
    index = None
    try:
        with _alone(path):
            with suppress(OSError, ValueError):
                return read(path)
            index = build(source)
            _write(index, path)
    except OSError as error:
        _notice(f"{path} cannot be written ({error.strerror}), so {SLOW}")
    return build(source) if index is None else index


def folder() -> Path:
    """The folder of this study in the user's cache.

    Raises:
        RuntimeError: the user has no home.
    """
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / NAME


def read(path: Path) -> Index:
    """Map the arrays of a file into memory.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged or cut off.
    """
    arrays = []
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        end = len(data) - CHECKSUM
        if end < 0 or zlib.crc32(memoryview(data)[:end]) != int.from_bytes(data[end:], "little"):
            raise ValueError("its checksum is wrong")
        for _ in fields(Index):
            np.lib.format.read_magic(file)
            shape, _, kind = np.lib.format.read_array_header_1_0(file)
            arrays.append(np.ndarray(shape, kind, data, file.tell()))
            file.seek(arrays[-1].nbytes, os.SEEK_CUR)
    return Index(*arrays)


def _write(index: Index, path: Path) -> None:
    """Write the arrays as NumPy does, and the checksum of all that."""
    partial = path.with_suffix(".partial")
    try:
        with partial.open("w+b") as file:
            for field in fields(Index):
                np.lib.format.write_array(file, getattr(index, field.name), version=(1, 0))
            file.seek(0)
            checksum = zlib.crc32(file.read())
            file.write(checksum.to_bytes(CHECKSUM, "little"))
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process makes the file; the kernel ends the wait however that process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        if sys.platform != "win32":
            # Without locks on this file system, several may make it, and the last one's stays.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _notice(sentence: str) -> None:
    print(sentence, file=sys.stderr)
