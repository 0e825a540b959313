"""Server script of `StageRunner`: runs stages in forked processes and kills them at given moments.

Most of a short stage's time goes into importing torch. So this process imports the
third-party packages of stages once and forks for each run; a run imports the stage's code
afresh and is killed by SIGKILL either after some seconds or right before a numbered file
operation (opening to write, moving, removing). Requests and answers are JSON lines.
"""

import contextlib
import json
import os
import runpy
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

# Audit events that change files; `open` counts only if it writes.
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"}
PACKAGES = ("accelerate", "nltk", "pandas", "pyarrow.parquet", "sklearn.linear_model", "timm", "torch", "torchvision")


def run_stage(request: dict[str, Any], events: int) -> None:
    """Run the stage in this process; writes "s" to the pipe `events` when it starts to work, "." per file operation."""
    operations = 0

    def watch(event: str, args: tuple[Any, ...]) -> None:
        nonlocal operations
        if event == "open" and str(args[0]).endswith("params.yaml"):
            os.write(events, b"s")
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or event in CHANGES:
            operations += 1
            os.write(events, b".")
            if operations == request["before"]:
                os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    os.environ.update(DVC_STAGE=request["stage"], DVC_ROOT=request["folder"])
    with open("output.txt", "a") as output:  # noqa: PTH123
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.addaudithook(watch)
    runpy.run_module(f"stages.{request['stage'].partition('@')[0]}", run_name="__main__", alter_sys=True)
    sys.stdout.flush()


def fork(request: dict[str, Any], events: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        run_stage(request, events)
        code = 0
    except SystemExit as stopped:
        print(stopped.code, file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def serve(request: dict[str, Any]) -> dict[str, Any]:
    """Run a stage to its end or to its kill; returns the fields of `stage_runner.Run`."""
    reader, writer = os.pipe()
    child = fork(request, writer)
    os.close(writer)
    started, operations, children = 0.0, 0, set()
    while True:
        left = None if request["after"] is None or not started else started + request["after"] - time.monotonic()
        ready = select.select([reader], [], [], 0.02 if left is None else max(0, min(left, 0.02)))[0]
        children |= children_of(child)
        if ready:
            events = os.read(reader, 1 << 16)
            started = started or (time.monotonic() if b"s" in events else 0.0)
            operations += events.count(b".")
            if not events:
                break
        if left is not None and left <= 0:
            os.kill(child, signal.SIGKILL)
            request["after"] = None
    os.close(reader)
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - started
    return {
        "killed": os.WIFSIGNALED(status),
        "code": os.waitstatus_to_exitcode(status),
        "operations": operations,
        "seconds": seconds,
        "orphans": survivors(children),
    }


def children_of(process: int) -> set[int]:
    children: set[int] = set()
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            children |= set(map(int, path.read_text().split()))
    return children


def survivors(processes: set[int]) -> list[int]:
    """Those of `processes` that are still alive after ten seconds."""
    until = time.monotonic() + 10
    while processes and time.monotonic() < until:
        processes = {process for process in processes if _alive(process)}
        time.sleep(0.01)
    return sorted(processes)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def main() -> None:
    for name in PACKAGES:
        __import__(name)
    for line in sys.stdin:
        print(json.dumps(serve(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
