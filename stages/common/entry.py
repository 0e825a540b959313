"""How a stage starts and ends: help, one-line errors, and the closing line with time and memory."""

import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from stages.common.errors import UserError
from stages.common.locks import alone

# What a shell reports of a process that SIGPIPE has ended.
CLOSED_PIPE = 128 + 13
# DVC deletes a stage's outs before it runs the command, so a failed start leaves none.
WAY_BACK = "the previous result returns with `dvc checkout`"


def variant() -> str:
    """The variant that DVC asked for: `deep_nets` when it runs `utterances@deep_nets`."""
    return os.environ["DVC_STAGE"].rpartition("@")[2]


def run(doc: str | None, main: Callable[[], str]) -> None:
    """Run a stage's `main` under DVC; started by hand, print the stage's help and run nothing.

    `main` returns what was made, in words; the line printed at the end adds the
    wall-clock seconds and the peak resident memory of the largest process (this one or
    one that it started).
    """
    stage = os.environ.get("DVC_STAGE")
    if stage is None:
        name = sys.modules["__main__"].__spec__.parent.rpartition(".")[2]  # type: ignore[union-attr]
        print(f"{(doc or '').strip()}\n\nRun it with `dvc repro {name}`; its dials are in params.yaml.")
        return
    started = time.perf_counter()
    try:
        with _once(stage):
            made = main()
    except UserError as error:
        sys.exit(f"{stage}: {error}; {WAY_BACK}")
    except MemoryError as error:
        sys.exit(f"{stage}: the memory ran out ({error or 'nobody says at what'}); {WAY_BACK}")
    print(f"{stage}: {made} [{time.perf_counter() - started:.1f} s, peak {peak_memory():.2f} GB]", flush=True)


def _once(stage: str) -> AbstractContextManager[None]:
    """Two runs of a stage in one folder would write the same files; the processes of a launcher are one run."""
    if "RANK" in os.environ:
        return nullcontext()
    return alone(Path(".scratch") / f"{stage}.lock", "this stage is running in this folder")


def tool(main: Callable[[], int | None]) -> None:
    """Run a command-line tool that stands beside a stage: a `UserError` is one line and exit code 1.

    Whoever reads what it prints may stop reading (`| head`): that ends it without a word,
    with the exit code that a shell gives to what dies of a closed pipe.
    """
    try:
        code = main()
        sys.stdout.flush()
    except UserError as error:
        sys.exit(f"{error}")
    except BrokenPipeError:
        # Python flushes once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CLOSED_PIPE)
    sys.exit(code)


def peak_memory() -> float:
    """Peak resident memory of this process or its largest finished child, in GB (10^9 bytes)."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) * unit / 1e9
