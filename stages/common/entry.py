"""Start and end of a stage: its help, errors in one line, the closing line with time and memory."""

import atexit
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from stages.common.errors import UserError
from stages.common.locks import exclusive
from stages.common.terminal import escaped_output, printable_lines

# DVC deletes a stage's outs before it runs the command, so a failed start leaves none.
HINT = "the previous result returns with `dvc checkout`"


def variant() -> str:
    """The variant that DVC runs: `deep_nets` of `utterances@deep_nets`."""
    return os.environ["DVC_STAGE"].rpartition("@")[2]


def run(doc: str | None, main: Callable[[], str]) -> None:
    """Run a stage's `main` under DVC; without DVC, print the stage's help and run nothing.

    `main` returns a summary of its results. The closing line adds the wall-clock seconds
    and the peak resident memory of the largest process (this one or a child).
    """
    stage = os.environ.get("DVC_STAGE")
    if stage is None:
        name = sys.modules["__main__"].__spec__.parent.rpartition(".")[2]  # type: ignore[union-attr]
        print(f"{(doc or '').strip()}\n\nRun it with `dvc repro {name}`; its parameters are in params.yaml.")
        return
    started = time.perf_counter()
    try:
        with _stage_lock(stage), escaped_output():
            summary = main()
    except UserError as error:
        sys.exit(f"{stage}: {printable_lines(error)}; {HINT}")
    except MemoryError as error:
        sys.exit(f"{stage}: out of memory ({error or 'no details'}); {HINT}")
    cost = f"{time.perf_counter() - started:.1f} s, peak {peak_memory():.2f} GB"
    print(f"{stage}: {printable_lines(summary)} [{cost}]", flush=True)
    _end()


def _end() -> None:
    """End the process of a finished stage at once; with torch, taking all objects apart would need a second or two."""
    program = getattr(sys.modules["__main__"], "__file__", None)
    if "torch" in sys.modules and program is not None and Path(program).parent.parent.name == "stages":
        atexit._run_exitfuncs()
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None where it was closed from the start
            stream.flush()
        os._exit(0)


def _stage_lock(stage: str) -> AbstractContextManager[None]:
    """Keep two runs from writing the same files; the processes of a launcher are one run."""
    if "RANK" in os.environ:
        return nullcontext()
    return exclusive(Path(".scratch") / f"{stage}.lock", "this stage is running in this folder")


def peak_memory() -> float:
    """Peak resident memory of this process or its largest finished child, in GB (10^9 bytes)."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) * unit / 1e9
