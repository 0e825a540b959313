"""Two that would do the same work: `dvc repro` twice, and a stage whose first run has outlived its DVC."""

import re
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.miniature import Miniature, dvc, start_dvc

AGAIN = ("repro", "--single-item", "--force", "images")


@pytest.fixture
def repository(miniature: Miniature, tmp_path: Path) -> Path:
    """A finished study of its own, with git and DVC, and a stage that waits for a file `go` before it works."""
    folder = tmp_path / "study"
    shutil.copytree(miniature.folder, folder)
    main = folder / "stages/images/__main__.py"
    slow = "def main() -> str:\n    import time\n    Path('here').touch()\n"
    slow += "    while not Path('go').exists():\n        time.sleep(0.02)\n"
    main.write_text(main.read_text("utf-8").replace("def main() -> str:\n", slow), "utf-8")
    return folder


def _waited_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert path.exists()


def test_a_second_dvc_and_a_second_stage_say_who_is_at_it(repository: Path) -> None:
    whole = {path.name: path.read_bytes() for path in (repository / "data/images").glob("[ip]*")}
    first = start_dvc(repository, *AGAIN)
    _waited_for(repository / "here")
    second = start_dvc(repository, *AGAIN)
    told = second.communicate()[0]
    assert second.returncode != 0
    assert "Traceback" not in told
    assert re.search(rf"is busy, it is being blocked by:\s+\(PID {first.pid}\)|Unable to acquire lock", told), told
    # Killed, DVC leaves its stage running; nobody else may start it meanwhile.
    first.send_signal(signal.SIGKILL)
    first.wait()
    third = start_dvc(repository, *AGAIN)
    told = third.communicate()[0]
    assert third.returncode != 0
    assert re.search(r"images: this stage is running in this folder already, by process \d+; wait until", told), told
    (repository / "go").touch()
    assert first.stdout
    with first.stdout as printed:
        printed.read()  # until the stage has ended
    dvc(repository, *AGAIN)
    assert {path.name: path.read_bytes() for path in (repository / "data/images").glob("[ip]*")} == whole
