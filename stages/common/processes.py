"""Child processes that end with their parent, and the number of usable cores."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

from stages.common.errors import UserError

# Loaded at import: nothing can be loaded safely between fork and exec.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


def usable_cores() -> int:
    """The number of cores in this process's affinity: a container may have fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """The number of threads that this process may compute with: OMP_NUM_THREADS, or one for each usable core."""
    # OpenMP allows a list, by the depth of nesting.
    given = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(given) if given.isdecimal() and int(given) else usable_cores()


def watch_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent, the process `parent`, ends, even by SIGKILL.

    Linux only; elsewhere a child ends when it finds its pipes closed. The kernel watches the
    thread that started this process, so that thread must not end earlier than the parent.
    """
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent ended before the call above
        os._exit(1)


def end_with_parent() -> Callable[[], None]:
    """`preexec_fn` of `subprocess.Popen` for a program that must end with this process."""
    return partial(watch_parent, os.getpid())


@contextmanager
def pool(workers: int, initializer: Callable[..., None] | None = None, *args: Any) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes, each of which first calls `initializer(*args)`.

    Raises:
        UserError: a worker was killed, as the kernel does when memory runs out.
    """
    try:
        with ProcessPoolExecutor(
            workers,
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            initargs=(os.getpid(), initializer, args),
        ) as executor:
            yield executor
    except BrokenProcessPool as error:
        if "initializer" in str(error):  # a defect of `initializer`, whose traceback is on the terminal
            raise
        raise UserError(
            f"one of {workers} worker processes was killed, most likely because memory ran out; free some, or give "
            "the stage fewer cores, as in `taskset -c 0 dvc repro`"
        ) from None


def _start_worker(parent: int, initializer: Callable[..., None] | None, args: tuple[Any, ...]) -> None:
    watch_parent(parent)
    if initializer is not None:
        initializer(*args)
