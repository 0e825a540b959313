"""Script of `StageRunner`: `python -m watched_stage STAGE BEFORE` runs a stage and reports what it does to files.

Standard output gets the process id and a line end, then "s" when the stage reads its params and "." for each
file operation that begins: opening to write, moving, removing. Before the BEFORE-th (0: none) the process kills
itself. What the stage prints goes to standard error.
"""

import os
import runpy
import signal
import sys
from typing import Any

# Audit events that change files; `open` counts only if it writes.
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"}


def main(address: str, before: int) -> None:
    events, operations = os.dup(1), 0
    os.dup2(2, 1)
    os.write(events, f"{os.getpid()}\n".encode())

    def watch(event: str, args: tuple[Any, ...]) -> None:
        nonlocal operations
        if event == "open" and str(args[0]).endswith("params.yaml"):
            os.write(events, b"s")
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or event in CHANGES:
            operations += 1
            os.write(events, b".")
            if operations == before:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.argv[1:] = []
    sys.addaudithook(watch)
    runpy.run_module(f"stages.{address.partition('@')[0]}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
