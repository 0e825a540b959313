"""No child process outlives a stage that is killed, and a stage does not wait for a child that was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stages.common.errors import UserError
from stages.common.processes import pool
from tests.study import ROOT

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
# Each starts children in one of our ways, prints their numbers and waits.
PROGRAM = """
import subprocess, sys, time
from stages.common.processes import with_me
child = subprocess.Popen(["sleep", "60"], preexec_fn=with_me())
print(child.pid, flush=True)
time.sleep(60)
"""
POOL = """
import os, time
from stages.common.processes import pool
if __name__ == "__main__":
    with pool(2) as workers:
        print(*{workers.submit(os.getpid).result() for _ in range(20)}, flush=True)
        time.sleep(60)
"""


def _alive(process: int) -> bool:
    """Whether it runs; one that has died and was not asked after does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@only_linux
@pytest.mark.parametrize("code", [PROGRAM, POOL], ids=["program", "pool"])
def test_children_end_with_a_parent_that_is_killed(code: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        children = [int(word) for word in parent.stdout.readline().split()]
        assert children
        assert all(map(_alive, children))
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while any(map(_alive, children)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(_alive, children))


def test_a_worker_that_is_killed_is_told_of_at_once() -> None:
    # As the kernel does when the memory runs out.
    told = "^one of 2 worker processes was killed, most likely since the memory ran out"
    with pytest.raises(UserError, match=told), pool(2) as workers:
        list(workers.map(_die, range(4)))


def _die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
