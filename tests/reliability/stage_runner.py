"""Reruns single stages of a finished miniature study, and kills them on request."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.miniature import THREADS, change
from tests.study import Stage

SCRIPT = Path(__file__).with_name("stage_server.py")
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

    def __init__(self, finished: Path, folder: Path, params: dict[str, Any], **environment: str) -> None:
        self.folder = folder
        shutil.copytree(finished, folder, ignore=IGNORED)
        change(folder / "params.yaml", params)
        environment = {**os.environ, "OMP_NUM_THREADS": THREADS, "PYTHONHASHSEED": "random", **environment}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._server = subprocess.Popen([sys.executable, SCRIPT], env=environment, text=True, **pipes)  # type: ignore[call-overload]

    def __enter__(self) -> "StageRunner":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def run(self, stage: str, *, before: int | None = None, after: float | None = None) -> Run:
        """Run a stage, killed before its `before`-th file operation or `after` some seconds of work."""
        assert self._server.stdin
        assert self._server.stdout
        request = {"stage": stage, "folder": str(self.folder), "before": before, "after": after}
        print(json.dumps(request), file=self._server.stdin, flush=True)
        return Run(**json.loads(self._server.stdout.readline()))

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
