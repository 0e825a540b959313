"""Reruns single stages of a finished miniature study, and kills them on request."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.miniature import change
from tests.study import Stage
from tests.warm.interpreter import environment

# Files of DVC and git, which stages never read.
IGNORED = shutil.ignore_patterns(".git", ".dvc", "__pycache__")


@dataclass(frozen=True)
class Run:
    """The end of a stage's run."""

    killed: bool
    code: int
    # File operations begun, and seconds from reading params.yaml to the end.
    operations: int
    seconds: float
    # Its child processes that were still alive ten seconds after its end.
    orphans: list[int]


class StageRunner:
    """Runs stages of the study in `folder`, a copy of `finished` with changed params."""

    def __init__(self, finished: Path, folder: Path, params: dict[str, Any], **at_start: str) -> None:
        self.folder = folder
        shutil.copytree(finished, folder, ignore=IGNORED)
        change(folder / "params.yaml", params)
        self._environment = {
            **environment(**at_start),
            "PYTHONPATH": str(Path(__file__).parent),
            "DVC_ROOT": str(folder),
        }

    def run(self, stage: str, *, before: int = 0, after: float | None = None) -> Run:
        """Run a stage, killed before its `before`-th file operation or `after` some seconds of work."""
        started, operations, children = 0.0, 0, set()
        with (self.folder / "output.txt").open("ab") as output:
            process = subprocess.Popen(
                ["python", "-m", "watched_stage", stage, str(before)],
                cwd=self.folder,
                env={**self._environment, "DVC_STAGE": stage},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        assert process.stdout
        with process.stdout as reader:
            # Not the client's own process id.
            child = int(os.read(reader.fileno(), 1 << 16).split()[0])
            while True:
                left = None if after is None or not started else started + after - time.monotonic()
                ready = select.select([reader], [], [], 0.02 if left is None else max(0, min(left, 0.02)))[0]
                children |= _children_of(child)
                if ready:
                    events = os.read(reader.fileno(), 1 << 16)
                    started = started or (time.monotonic() if b"s" in events else 0.0)
                    operations += events.count(b".")
                    if not events:
                        break
                if left is not None and left <= 0:
                    os.kill(child, signal.SIGKILL)
                    after = None
        code = process.wait()
        return Run(code == -signal.SIGKILL, code, operations, time.monotonic() - started, _survivors(children))

    def output(self) -> str:
        """The output of all runs so far."""
        return (self.folder / "output.txt").read_text(encoding="utf-8")

    def outs(self, stage: Stage) -> dict[str, bytes]:
        """The existing outs of a stage."""
        return {out: (self.folder / out).read_bytes() for out in sorted(stage.outs) if (self.folder / out).exists()}

    def remove_outs(self, stage: Stage) -> None:
        """Remove the outs of a stage, as DVC does before it runs the stage."""
        for path in (self.folder / out for out in stage.outs):
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)

    def leftovers(self, stage: Stage) -> list[str]:
        """Partial files and checkpoints that a stage has left behind."""
        folders = {(self.folder / out).parent for out in stage.outs} | {self.folder / ".scratch" / stage.name}
        files = [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file()]
        return [str(path) for path in files if ".partial" in path.name or ".scratch" in path.parts]


def _children_of(process: int) -> set[int]:
    children: set[int] = set()
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            children |= set(map(int, path.read_text().split()))
    return children


def _survivors(processes: set[int]) -> list[int]:
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
