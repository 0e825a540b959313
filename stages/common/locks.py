"""What two runs may not do at the same time: a lock that a run holds for as long as its process lives."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.errors import UserError


class Taken(UserError):
    """Another process holds the lock; the text says which."""


@contextmanager
def alone(lock: Path, what: str) -> Iterator[None]:
    """Hold the file `lock`, which the kernel lets go of when this process ends, however it does.

    Raises:
        Taken: another run is at it, where `what` says at what.
        UserError: the lock's folder cannot be written to.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = _taken(lock, what)
    except OSError as error:
        raise UserError(f"{lock} cannot be written: {error.strerror}") from None
    try:
        os.ftruncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        yield
    finally:
        # Before it is let go of, so that nobody holds a file that has no name.
        lock.unlink(missing_ok=True)
        os.close(held)


def _taken(lock: Path, what: str) -> int:
    """The locked file; anew where the one that was opened has lost its name in between."""
    while True:
        held = os.open(lock, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            whose = os.pread(held, 20, 0).decode()
            os.close(held)
            raise Taken(f"{what} already, by process {whose}; wait until it has ended, or end it") from None
        except OSError:  # a file system without locks
            return held
        if lock.exists() and os.path.samestat(os.fstat(held), lock.stat()):
            return held
        os.close(held)
