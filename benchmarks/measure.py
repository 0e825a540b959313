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

from stages.common.processes import usable_cores

ROOT = Path(__file__).parents[1]


class Measured(NamedTuple):
    """Seconds, and GB of 10^9 bytes."""

    wall: float
    cpu: float
    peak: float


def measure(arguments: Sequence[str], **environment: str) -> Measured:
    """What Python with `arguments` costs, beside this repository's modules."""
    return run(arguments, PYTHONPATH=str(ROOT), **environment)[0]


def run(arguments: Sequence[str], folder: Path | None = None, **environment: str) -> tuple[Measured, str]:
    """Run Python with `arguments` in `folder`: what it cost, with all processes that it started, and what it printed.

    The start of the interpreter counts; the peak is that of the largest process.

    Raises:
        RuntimeError: it did not end well; with what it printed.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    told = process.stdout.read().decode() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{told}")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9), told


def machine() -> str:
    """Where and when a figure was measured."""
    return f"{usable_cores()} cores of {_processor()}, {date.today():%d %B %Y}"


def _processor() -> str:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith("model name")).partition(": ")[2]
    return platform.processor() or platform.machine()
