"""A folder that keeps pictures that were read from a network; several processes may use it at once."""

import errno
import functools
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from stages.common.terminal import printable


def cached(folder: str, url: str, details: tuple[int | str, ...], read: Callable[[], bytes]) -> bytes:
    """The picture that is kept in `folder`, else that of `read`, which is kept there if possible.

    Args:
        details: a picture with other details is another one; its size comes first, if it is known.
    """
    digest = hashlib.sha256(json.dumps([url, *details]).encode()).hexdigest()
    # A folder for each first byte: a million files in one are slow to list.
    path = Path(folder, digest[:2], digest)
    content = _kept(path, details)
    if content is None:
        content = read()
        _keep(path, content)
    return content


def _kept(path: Path, details: tuple[int | str, ...]) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    # A crash of the machine may leave a file without its content.
    size = details[0] if details and isinstance(details[0], int) else None
    return content if content and size in (None, len(content)) else None


def _keep(path: Path, content: bytes) -> None:
    # Not `atomic_write`, whose temporary file has the same name in every process.
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO).lower()
        _warn_once(f"{printable(path.parent.parent)}: pictures are not kept there: {reason}; going on without")
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@functools.cache
def _warn_once(text: str) -> None:
    """Print a sentence, once in a process."""
    print(text, file=sys.stderr)
