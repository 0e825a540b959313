"""The index of the paraphrases in the user's cache, made once per machine and mapped into memory."""

import hashlib
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
    path = folder() / f"meteor-{digest}-{VERSION}.index"
    try:
        return read(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, EOFError, ValueError) as error:
        _notice(f"{path} is damaged ({error}) and is made again")
    index = None
    try:
        with _alone(path):
            # Another process may have made it while this one waited.
            with suppress(OSError, EOFError, ValueError):
                return read(path)
            index = build(source)
            _write(index, path)
    except OSError as error:
        _notice(
            f"{path} cannot be written ({error.strerror}); METEOR's paraphrases are read again at each start, for 15 s"
        )
    return build(source) if index is None else index


def folder() -> Path:
    """The folder of this study in the user's cache."""
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
        OSError, EOFError, ValueError: it is not there, damaged or cut off.
    """
    arrays = []
    with path.open("rb") as file:
        checksum = int(np.lib.format.read_array(file))
        for _ in fields(Index):
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError("it has another form")
            shape, _, kind = np.lib.format.read_array_header_1_0(file)
            array = np.memmap(path, kind, mode="r", offset=file.tell(), shape=shape).view(np.ndarray)
            file.seek(array.nbytes, os.SEEK_CUR)
            arrays.append(array)
    if _checksum(arrays) != checksum:
        raise ValueError("its checksum is wrong")
    return Index(*arrays)


def _write(index: Index, path: Path) -> None:
    arrays = [getattr(index, field.name) for field in fields(Index)]
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            for array in (np.array(_checksum(arrays), np.uint32), *arrays):
                np.lib.format.write_array(file, array, version=(1, 0))
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def _checksum(arrays: list[np.ndarray]) -> int:
    value = 0
    for array in arrays:
        value = zlib.crc32(array.data, value)
    return value


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
