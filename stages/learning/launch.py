"""Several processes for one training: a stage starts itself again under the launcher that the environment names.

DVC takes a stage whose command has changed for stale, so the command stays as it is and
the launcher comes from outside:

    LAUNCH="torchrun --nproc_per_node 8" dvc repro speaker

The launcher gets `-m stages.speaker` as its last words. Whatever it is, it must say each
process's number in RANK, as torchrun and accelerate do. The first process alone prints
and writes.
"""

import argparse
import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TextIO

from stages.common import entry
from stages.common.errors import UserError
from stages.common.processes import end_with, usable_cores, with_me

VARIABLE = "LAUNCH"


class Finished(Exception):
    """Ends a process that has helped to train: what comes after training is the first one's work."""


def run(doc: str | None, main: Callable[[], str]) -> None:
    """`entry.run` for a stage that trains."""
    entry.run(doc, partial(_launched, main))


def _launched(main: Callable[[], str]) -> str:
    """Run `main` here, or under the launcher; all processes but the first end without a word."""
    if os.environ.get(VARIABLE):
        sys.exit(start_again(sys.modules["__main__"].__spec__.parent))  # type: ignore[union-attr,arg-type]
    if "RANK" in os.environ:
        end_with(os.getppid())
    if is_first():
        return main()
    try:
        with Path(os.devnull).open("w") as nowhere, _redirected(nowhere):
            main()
    except Finished:
        sys.exit()
    except UserError:
        sys.exit(1)
    raise AssertionError("a stage that trains goes on after training in one process alone")


@contextlib.contextmanager
def _redirected(file: TextIO) -> Iterator[None]:
    with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        yield


def is_first() -> bool:
    """Whether this process is the one that prints and writes; alone, it is."""
    return int(os.environ.get("RANK", "0")) == 0


def start_again(module: str) -> int:
    """Run `module` under the launcher; returns its exit code.

    Raises:
        UserError: there is no such launcher.
    """
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    words, own = command(shlex.split(os.environ[VARIABLE]))
    try:
        return subprocess.call([*words, "-m", module], env={**own, **environment}, preexec_fn=with_me())
    except OSError as error:
        raise UserError(f"{VARIABLE} names a launcher that cannot be started: {error}") from None


def command(words: list[str]) -> tuple[list[str], Mapping[str, str]]:
    """The launcher's words, and what its processes find in the environment unless it is set.

    For several processes on CPUs accelerate's launcher counts on MPI and, without it,
    starts a single one; torch's own launcher takes its place there.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--num_processes", "--num-processes", type=int, default=1)
    parser.add_argument("--mpirun_hostfile", "--mpirun-hostfile")
    parser.add_argument("--num_machines", "--num-machines", type=int, default=1)
    found, _ = parser.parse_known_args(words[2:])
    by_accelerate = words[:2] == ["accelerate", "launch"] and found.cpu and found.num_processes > 1
    if not by_accelerate or found.mpirun_hostfile or found.num_machines > 1:
        return words, {}
    threads = str(max(1, usable_cores() // found.num_processes))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*torchrun, "--nproc_per_node", str(found.num_processes)], {"OMP_NUM_THREADS": threads}
