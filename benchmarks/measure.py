"""Measure wall-clock seconds, CPU seconds and peak memory, and print the results as Markdown tables."""

import argparse
import contextlib
import math
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from stages.common.processes import usable_cores

if TYPE_CHECKING:
    import torch

ROOT = Path(__file__).parents[1]
T = TypeVar("T")


class Cost(NamedTuple):
    """Seconds, and GB of 10^9 bytes."""

    wall: float
    cpu: float
    peak: float = math.nan


class Stopwatch:
    """Wall-clock and CPU seconds since its creation; CPU time is that of this process and its ended children."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()

    def read(self) -> Cost:
        return Cost(time.perf_counter() - self._wall, _cpu_seconds() - self._cpu)


def _cpu_seconds() -> float:
    return time.process_time() + child_cpu_seconds()


def child_cpu_seconds() -> float:
    """CPU seconds of all ended child processes, with those of their own children."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(work: Callable[[], T], device: "torch.device | None" = None) -> tuple[float, T]:
    """Wall-clock seconds of `work`, including what it leaves to a GPU, and its result."""
    _synchronize(device)
    started = time.perf_counter()
    result = work()
    _synchronize(device)
    return time.perf_counter() - started, result


def _synchronize(device: "torch.device | None") -> None:
    if device is not None and device.type == "cuda":
        # Imported here only: a process starts with the peak memory of its parent, which `run` would then report.
        import torch

        torch.cuda.synchronize()


def measure(arguments: Sequence[str], **environment: str) -> Cost:
    """Cost of Python with `arguments`, in the working directory, with the modules of this repository."""
    return run(arguments, PYTHONPATH=str(ROOT), **environment)[0]


def run(arguments: Sequence[str], folder: Path | None = None, **environment: str) -> tuple[Cost, str]:
    """Run Python with `arguments` in `folder`: its cost, with that of all processes it starts, and its output.

    The start of the interpreter is included; the peak memory is that of the largest process.

    Raises:
        RuntimeError: the process failed; the message has its output.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = process.stdout.read().decode() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed with exit code {process.returncode}:\n{output}")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e9), output


def argument_parser(docstring: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the docstring of a benchmark."""
    return argparse.ArgumentParser(description=docstring, formatter_class=argparse.RawDescriptionHelpFormatter)


def print_header(*columns: str) -> None:
    """Print the head of a table."""
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")


def print_row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def machine() -> str:
    """Processor and date of a measurement."""
    return f"{usable_cores()} cores of {_processor()}, {date.today():%d %B %Y}"


def _processor() -> str:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith("model name")).partition(": ")[2]
    return platform.processor() or platform.machine()
