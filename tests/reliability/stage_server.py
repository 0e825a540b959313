"""Runs stages as processes of their own, again and again, and kills them at chosen moments: a script for `Nursery`.

Most of a short stage's time goes into importing torch. So this process imports what stages
need from outside once, and forks for each run; a run imports the stage's code, afresh, and
is killed by SIGKILL either after some seconds or right before a numbered operation on files
(opening one to write, moving, removing). Reads a JSON object a line, answers with one.
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

# Audit events of what changes the folder of the study; `open` only where it writes.
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"}
OUTSIDE = ("accelerate", "nltk", "pandas", "pyarrow.parquet", "sklearn.linear_model", "timm", "torch", "torchvision")


def stage(asked: dict[str, Any], told: int) -> None:
    """Be the stage; writes a byte to `told` as it starts to work, and one for each operation on files."""
    operations = 0

    def watch(event: str, given: tuple[Any, ...]) -> None:
        nonlocal operations
        if event == "open" and str(given[0]).endswith("params.yaml"):
            os.write(told, b"s")
        writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or event in CHANGES:
            operations += 1
            os.write(told, b".")
            if operations == asked["before"]:
                os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(asked["folder"])
    sys.path.insert(0, asked["folder"])
    os.environ.update(DVC_STAGE=asked["stage"], DVC_ROOT=asked["folder"])
    with open("printed.txt", "a") as printed:  # noqa: PTH123
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    sys.addaudithook(watch)
    runpy.run_module(f"stages.{asked['stage'].partition('@')[0]}", run_name="__main__", alter_sys=True)
    sys.stdout.flush()


def forked(asked: dict[str, Any], told: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        stage(asked, told)
        code = 0
    except SystemExit as ended:
        print(ended.code, file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def attended(asked: dict[str, Any]) -> dict[str, Any]:
    """Start a stage and see it end: how, after how many operations, in how many seconds of work, with which orphans."""
    heard, told = os.pipe()
    child = forked(asked, told)
    os.close(told)
    started, operations, children = 0.0, 0, set()
    while True:
        left = None if asked["after"] is None or not started else started + asked["after"] - time.monotonic()
        ready = select.select([heard], [], [], 0.02 if left is None else max(0, min(left, 0.02)))[0]
        children |= offspring(child)
        if ready:
            said = os.read(heard, 1 << 16)
            started = started or (time.monotonic() if b"s" in said else 0.0)
            operations += said.count(b".")
            if not said:
                break
        if left is not None and left <= 0:
            os.kill(child, signal.SIGKILL)
            asked["after"] = None
    os.close(heard)
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - started
    return {"killed": os.WIFSIGNALED(status), "code": os.waitstatus_to_exitcode(status)} | {
        "operations": operations,
        "seconds": seconds,
        "orphans": survivors(children),
    }


def offspring(process: int) -> set[int]:
    """The child processes of a process."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            found |= set(map(int, path.read_text().split()))
    return found


def survivors(processes: set[int]) -> list[int]:
    """Those of `processes` that are still alive after a while."""
    until = time.monotonic() + 10
    while processes and time.monotonic() < until:
        processes = {one for one in processes if _alive(one)}
        time.sleep(0.01)
    return sorted(processes)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def main() -> None:
    for name in OUTSIDE:
        __import__(name)
    for line in sys.stdin:
        print(json.dumps(attended(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
