"""What a run costs: wall-clock seconds, CPU seconds and peak memory of a process of its own."""

import contextlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from stages.common.cores import usable_cores

ROOT = Path(__file__).parents[1]


class Measured(NamedTuple):
    """Seconds, and GB of 10^9 bytes."""

    wall: float
    cpu: float
    peak: float


def measure(arguments: Sequence[str], **environment: str) -> Measured:
    """Run Python with `arguments`; the start of the interpreter counts.

    Raises:
        RuntimeError: it did not end well; with what it printed.
    """
    own = {"PYTHONPATH": str(ROOT), **environment}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], env={**os.environ, **own}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    told = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(told.decode())
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9)


def machine() -> str:
    """Where and when a figure was measured."""
    return f"{usable_cores()} cores of {_processor()}, {date.today():%d %B %Y}"


def _processor() -> str:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith("model name")).partition(": ")[2]
    return platform.processor() or platform.machine()
