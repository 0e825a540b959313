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


def usable_cores() -> int:
    """The cores of this process's affinity: a container may see fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Loaded here: between fork and exec nothing can be looked up safely.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have the kernel kill this process as soon as the process `parent`, which started it, is gone.

    Killed, a process can end nobody else. Linux alone does this for it; elsewhere a child ends when
    it finds its pipes closed. What counts is the thread that started this process: it must live on.
    """
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it was watched
        os._exit(1)


def with_me() -> Callable[[], None]:
    """`preexec_fn` of a program that is to end with this process."""
    return partial(end_with, os.getpid())


@contextmanager
def pool(workers: int, begin: Callable[..., None] | None = None, *given: Any) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes, each of which first calls `begin(*given)`.

    Raises:
        UserError: one of them was killed, as the kernel does when memory runs out.
    """
    try:
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(), begin, given)
        ) as made:
            yield made
    except BrokenProcessPool as broken:
        if "initializer" in str(broken):  # a fault of `begin`, whose traceback is on the terminal
            raise
        raise UserError(
            f"one of {workers} worker processes was killed, most likely since the memory ran out; free some, or give "
            "the stage fewer cores, as in `taskset -c 0 dvc repro`"
        ) from None


def _begin(parent: int, begin: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    end_with(parent)
    if begin is not None:
        begin(*given)
