"""Claims of processes on the files of a folder that they share, on one machine or on a network file system.

Each process has a file of its own, whose time of change it renews while it lives. A claim is a hard link to that file:
linking and renaming are all that is used, since these are atomic on network file systems, too. The claim of a process
that is no longer there is taken over: on the same machine at once, else when it has not been renewed for a while.
"""

import errno
import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.terminal import printable

# Seconds after which a claim that is not renewed is stale, and between renewals.
STALE, RENEWAL = 180.0, 30.0
# Seconds between two notes of the progress of a process.
NOTED = 5.0
# What linking raises on a file system without hard links.
NO_LINKS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class Claims:
    """The claims of this process in a folder; a context manager.

    Attributes:
        token: names this process, as part of a file's name.
        started: when it began, by the clock of the file system, in nanoseconds.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._own = folder / f".{self.token}.alive"
        self._ended = threading.Event()
        self._renewing = threading.Thread(target=self._keep_renewing, daemon=True)
        self._links = True
        self._done, self._first, self._noted = 0, 0.0, 0.0

    def __enter__(self) -> Self:
        self._begin()
        for other in _owners(self.folder):
            if (found := _read(other)) and self._stale(found):
                self._sweep(found.owner)
        self.started = self._own.stat().st_mtime_ns
        self._renewing.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._renewing.join()
        self._own.unlink(missing_ok=True)
        self._progress.unlink(missing_ok=True)

    def _begin(self) -> None:
        write_json({"host": socket.gethostname(), "pid": os.getpid(), "token": self.token}, self._own)

    def progress(self, name: str, done: int = 1) -> None:
        """Note for `living` that so many more pictures are done, now those of the file `name`."""
        now = time.monotonic()
        self._first, self._done = self._first or now, self._done + done
        if now - self._noted > NOTED:
            self._noted = now
            # A note less is no loss.
            with suppress(OSError, UserError):
                write_json({"file": name, "done": self._done, "seconds": now - self._first}, self._progress)

    @property
    def _progress(self) -> Path:
        return self.folder / f".{self.token}.progress"

    def create(self, path: Path, value: Any) -> bool:
        """Write a JSON file of the folder as a whole; False if there is one, which stays as it is."""
        new = self.folder / f".{self.token}.new"
        write_json(value, new)
        try:
            os.link(new, path)
        except FileExistsError:
            return False
        except OSError:  # no hard links
            if path.exists():
                return False
            new.rename(path)
        finally:
            new.unlink(missing_ok=True)
        return True

    @contextmanager
    def hold(self, name: str) -> Iterator[bool]:
        """Claim `name` for the block, if nobody else has: whether this process holds it."""
        claim = self._claim(name)
        held = self._take(claim) or (self._free(claim) and self._take(claim))
        try:
            yield held
        finally:
            if held and self.holds(name):
                claim.unlink(missing_ok=True)

    def holds(self, name: str) -> bool:
        """False if the claim was taken over, or never made."""
        if not self._links:
            return True
        try:
            return self._claim(name).samefile(self._own)
        except OSError:
            return False

    def _claim(self, name: str) -> Path:
        return self.folder / f".{name}.claim"

    def _take(self, claim: Path) -> bool:
        """Link the claim to the file of this process; False if there is a claim."""
        if not self._links:
            return True
        try:
            os.link(self._own, claim)
        except FileExistsError:
            # The answer to a link that was made may be lost on its way.
            return self.holds(claim.name.removeprefix(".").removesuffix(".claim"))
        except FileNotFoundError:
            # Another process has taken this one for dead.
            self._begin()
            return self._take(claim)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            self._links = False
            print(
                f"{printable(self.folder)}: its file system has no hard links ({error.strerror}), so only one process "
                "at a time may work on this folder",
                file=sys.stderr,
            )
        return True

    def _free(self, claim: Path) -> bool:
        """Remove a stale claim; False if it is not stale, or another process was faster."""
        found = _read(claim)
        if found is None:
            return True
        if not self._stale(found):
            return False
        taken = claim.with_name(f".{self.token}.stale")
        try:
            claim.rename(taken)
        except FileNotFoundError:
            return True
        if _read(taken) != found:
            # Meanwhile another process had taken it over: this is its new claim.
            with suppress(FileExistsError):
                os.link(taken, claim)
            taken.unlink()
            return False
        taken.unlink()
        self._sweep(found.owner)
        return True

    def _sweep(self, owner: Mapping[str, Any]) -> None:
        """Remove what a dead process has left: its file, and what it wrote by half."""
        if token := owner.get("token"):
            for left in self.folder.glob(f".*{token}*"):
                left.unlink(missing_ok=True)

    def _stale(self, found: "Renewed") -> bool:
        """Whether the owner of a claim is gone."""
        # The same clock for both: that of the file system.
        self._renew()
        return _ended(found, self._own.stat().st_mtime_ns)

    def _renew(self) -> None:
        try:
            os.utime(self._own)
        except FileNotFoundError:
            # Another process has taken this one for dead.
            self._begin()

    def _keep_renewing(self) -> None:
        while not self._ended.wait(RENEWAL):
            # A network file system may be away for a while.
            with suppress(OSError, UserError):
                self._renew()


class Living(NamedTuple):
    """A process that works on a folder.

    Attributes:
        file: on which it works; None before its first picture.
        done: pictures that it has done in so many seconds.
    """

    host: str
    pid: int
    file: str | None
    done: int
    seconds: float


def living(folder: Path) -> list[Living]:
    """The processes that work on a folder, by host and number."""
    found = []
    for own in _owners(folder):
        renewed = _read(own)
        if renewed is None or "token" not in renewed.owner or _ended(renewed, time.time_ns()):
            continue
        owner = renewed.owner
        try:
            progress = read_json(folder / f".{owner['token']}.progress")
        except (OSError, ValueError):
            progress = {"file": None, "done": 0, "seconds": 0.0}
        found.append(Living(owner["host"], owner["pid"], **progress))
    return sorted(found, key=lambda each: each[:2])


def _owners(folder: Path) -> Iterator[Path]:
    """The files of the processes that work on a folder, without those that are just being written."""
    return (path for path in folder.glob(".*.alive") if ".partial." not in path.name)


def _ended(renewed: "Renewed", now: int) -> bool:
    """True if the owner is gone: on this machine at once, else by the time (in nanoseconds) of its last renewal."""
    owner = renewed.owner
    if owner.get("host") == socket.gethostname() and not _runs(owner["pid"]):
        return True
    return now - renewed.time > STALE * 1e9


class Renewed(NamedTuple):
    """When a process renewed its file, in nanoseconds, and what is in it: `host`, `pid` and `token`."""

    time: int
    owner: Mapping[str, Any]


def _read(path: Path) -> Renewed | None:
    """The file of a process, or a claim; None if it is no longer there. A damaged one names no owner."""
    try:
        renewed, text = path.stat().st_mtime_ns, path.read_text(errors="replace")
    except OSError:  # removed or replaced meanwhile
        return None
    try:
        return Renewed(renewed, dict(json.loads(text)))
    except (ValueError, TypeError):
        return Renewed(renewed, {})


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another person
        pass
    return True
