"""Concurrent runs: a second `dvc repro`, and a stage that outlives its killed DVC."""

import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.miniature import Miniature, dvc, start

AGAIN = ("repro", "--single-item", "--force", "images")


@pytest.fixture
def repository(miniature: Miniature, tmp_path: Path) -> Path:
    """A finished study with git and DVC, whose stage images creates a file `here` and waits for a file `go`."""
    folder = tmp_path / "study"
    shutil.copytree(miniature.folder, folder)
    main = folder / "stages/images/__main__.py"
    slow = "def main() -> str:\n    import time\n    Path('here').touch()\n"
    slow += "    while not Path('go').exists():\n        time.sleep(0.02)\n"
    main.write_text(main.read_text("utf-8").replace("def main() -> str:\n", slow), "utf-8")
    return folder


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert path.exists()


def test_a_second_dvc_and_a_second_stage_name_the_first(repository: Path) -> None:
    whole = {path.name: path.read_bytes() for path in (repository / "data/images").glob("[ip]*")}
    first = start(repository, sys.executable, "-m", "dvc", *AGAIN)
    _wait_for(repository / "here")
    second = start(repository, sys.executable, "-m", "dvc", *AGAIN)
    output = second.communicate()[0]
    assert second.returncode != 0
    assert "Traceback" not in output
    assert re.search(rf"is busy, it is being blocked by:\s+\(PID {first.pid}\)|Unable to acquire lock", output), output
    # A killed DVC leaves its stage running, which excludes a second run of the stage.
    first.send_signal(signal.SIGKILL)
    first.wait()
    third = start(repository, sys.executable, "-m", "dvc", *AGAIN)
    output = third.communicate()[0]
    assert third.returncode != 0
    assert re.search(r"images: this stage is running in this folder already, by process \d+; ", output), output
    (repository / "go").touch()
    assert first.stdout
    with first.stdout as printed:
        printed.read()  # until the stage has ended
    dvc(repository, *AGAIN)
    assert {path.name: path.read_bytes() for path in (repository / "data/images").glob("[ip]*")} == whole
