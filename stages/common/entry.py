"""How a stage starts and ends: help, one-line errors, and the closing line with time and memory."""

import contextlib
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stages.common import launch
from stages.common.errors import UserError

# DVC deletes a stage's outs before it runs the command, so a failed start leaves none.
WAY_BACK = "the previous result returns with `dvc checkout`"


def variant() -> str:
    """The variant that DVC asked for: `deep_nets` when it runs `utterances@deep_nets`."""
    return os.environ["DVC_STAGE"].rpartition("@")[2]


def run(doc: str | None, main: Callable[[], str], *, trains: bool = False) -> None:
    """Run a stage's `main` under DVC; started by hand, print the stage's help and run nothing.

    `main` returns what was made, in words; the line printed at the end adds the
    wall-clock seconds and the peak resident memory of the largest process (this one or
    one that it started). A stage that `trains` starts itself again where the environment
    names a launcher (`common.launch`).
    """
    stage = os.environ.get("DVC_STAGE")
    if stage is None:
        name = _module().rpartition(".")[2]
        print(f"{(doc or '').strip()}\n\nRun it with `dvc repro {name}`; its dials are in params.yaml.")
        return
    started = time.perf_counter()
    try:
        if trains and launch.asked():
            sys.exit(launch.start_again(_module()))
        with contextlib.nullcontext() if launch.is_first() else _unheard():
            made = main()
    except launch.Finished:
        return
    except UserError as error:
        sys.exit(f"{stage}: {error}; {WAY_BACK}" if launch.is_first() else 1)
    print(f"{stage}: {made} [{time.perf_counter() - started:.1f} s, peak {peak_memory():.2f} GB]", flush=True)


def _module() -> str:
    """The module that Python was started with: stages.speaker."""
    return str(sys.modules["__main__"].__spec__.parent)  # type: ignore[union-attr]


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """Nothing is printed: another process does the same work and tells of it."""
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield


def tool(main: Callable[[], int | None]) -> None:
    """Run a command-line tool that stands beside a stage: a `UserError` is one line and exit code 1."""
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"{error}")


def peak_memory() -> float:
    """Peak resident memory of this process or its largest finished child, in GB (10^9 bytes)."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) * unit / 1e9
