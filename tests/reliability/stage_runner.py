"""A finished miniature study whose stages run again, one at a time, and are killed."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.miniature import THREADS, change
from tests.study import Stage

SCRIPT = Path(__file__).with_name("nursery.py")
# What DVC and git keep, which stages never look at.
THEIRS = shutil.ignore_patterns(".git", ".dvc", "__pycache__")


@dataclass(frozen=True)
class Run:
    """How a run of a stage ended."""

    killed: bool
    code: int
    # Operations on files that it began, and seconds from its reading params.yaml to its end.
    operations: int
    seconds: float
    # Processes that it had started and that were still there ten seconds later.
    orphans: list[int]


class Nursery:
    """Runs stages of the study in `folder`, a copy of `finished` with some params changed."""

    def __init__(self, finished: Path, folder: Path, params: dict[str, Any]) -> None:
        self.folder = folder
        shutil.copytree(finished, folder, ignore=THEIRS)
        change(folder / "params.yaml", params)
        environment = {**os.environ, "OMP_NUM_THREADS": THREADS, "PYTHONHASHSEED": "random"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, SCRIPT], env=environment, stdin=pipe, stdout=pipe, text=True)

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, stage: str, *, before: int | None = None, after: float | None = None) -> Run:
        """Run a stage, killed before its `before`-th operation on files, or `after` some seconds of work."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {"stage": stage, "folder": str(self.folder), "before": before, "after": after}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return Run(**json.loads(self._process.stdout.readline()))

    def printed(self) -> str:
        """All that the stages have said."""
        return (self.folder / "printed.txt").read_text(encoding="utf-8")

    def outs(self, stage: Stage) -> dict[str, bytes]:
        """The files that a stage has made."""
        return {out: (self.folder / out).read_bytes() for out in sorted(stage.outs) if (self.folder / out).exists()}

    def forget(self, stage: Stage) -> None:
        """Remove the outs of a stage, as DVC does before it runs it."""
        for out in stage.outs:
            (self.folder / out).unlink(missing_ok=True)

    def litter(self, stage: Stage) -> list[str]:
        """Files that a stage has left beside its outs: unfinished ones and checkpoints."""
        homes = {(self.folder / out).parent for out in stage.outs} | {self.folder / ".scratch" / stage.name}
        files = [path for home in homes if home.is_dir() for path in home.rglob("*") if path.is_file()]
        return [str(path) for path in files if ".partial" in path.name or ".scratch" in path.parts]
