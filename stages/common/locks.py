"""A lock file that one process holds for as long as it lives.

The kernel's `flock` and not the package filelock (4.2): that leaves its file behind,
raises on network file systems without locks (ENOLCK, ENOTSUP), and does not say which
process holds the lock. Its users would have to write and remove the file themselves, and
a removed file makes its non-blocking `acquire` report a lock that nobody holds.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.errors import UserError


class Locked(UserError):
    """Another process holds the lock; the message names it."""


@contextmanager
def exclusive(lock: Path, what: str) -> Iterator[None]:
    """Hold the file `lock` during the block; the kernel releases it however this process ends.

    Args:
        what: what only one process may do at a time, as in "this stage is running in this folder".

    Raises:
        Locked: another process holds the file.
        UserError: the lock's folder cannot be written to.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(lock, what)
    except OSError as error:
        raise UserError(f"{lock} cannot be written: {error.strerror}") from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        # Removed while the lock is held: a file removed later could be one that another process has just locked.
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(lock: Path, what: str) -> int:
    """Open and lock the file; returns its descriptor, unlocked on a file system without locks."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode()
            os.close(descriptor)
            raise Locked(f"{what} already, by process {holder}; wait until it has ended, or end it") from None
        except OSError:
            return descriptor
        # Its holder may have removed the file between our opening and our locking it.
        if lock.exists() and os.path.samestat(os.fstat(descriptor), lock.stat()):
            return descriptor
        os.close(descriptor)
