"""Training in several processes: a stage restarts itself under the launcher that the environment names.

The launcher comes from the environment because DVC considers a stage with another command
as changed:

    LAUNCH="torchrun --nproc_per_node 8" dvc repro speaker

The launcher is called with `-m stages.speaker` appended. Any launcher that sets RANK in
each process will do, as torchrun and accelerate do; on CPUs use torchrun, since
`accelerate launch --cpu` starts a single process unless MPI is installed (accelerate 1.15).
Starting, watching and connecting the processes is the launcher's work; left to this module
are the restart under DVC's fixed command and the silence of all processes but the first.
"""

import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

from stages.common import entry
from stages.common.errors import UserError
from stages.common.processes import end_with_parent, watch_parent

VARIABLE = "LAUNCH"


class Finished(Exception):
    """Ends every process but the first after training: only the first writes the stage's files."""


def run(doc: str | None, main: Callable[[], str]) -> None:
    """`entry.run` for a stage that trains."""
    entry.run(doc, partial(_run_or_relaunch, main))


def _run_or_relaunch(main: Callable[[], str]) -> str:
    """Run `main` in this process, or relaunch it; all processes but the first end without output."""
    if os.environ.get(VARIABLE):
        sys.exit(relaunch(sys.modules["__main__"].__spec__.parent))  # type: ignore[union-attr,arg-type]
    if "RANK" in os.environ:
        watch_parent(os.getppid())
    if is_main_process():
        return main()
    try:
        with Path(os.devnull).open("w") as null, _redirected(null):
            main()
    except Finished:
        sys.exit()
    except UserError:
        sys.exit(1)
    raise AssertionError("training returned in a process other than the first")


@contextlib.contextmanager
def _redirected(file: TextIO) -> Iterator[None]:
    with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        yield


def is_main_process() -> bool:
    """True in the process that prints and writes: the first one, or the only one."""
    return int(os.environ.get("RANK", "0")) == 0


def relaunch(module: str) -> int:
    """Run `module` under the launcher; returns its exit code.

    Raises:
        UserError: the launcher cannot be started.
    """
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [*shlex.split(os.environ[VARIABLE]), "-m", module]
    try:
        return subprocess.call(command, env=environment, preexec_fn=end_with_parent())
    except OSError as error:
        raise UserError(f"{VARIABLE} names a launcher that cannot be started: {error}") from None
