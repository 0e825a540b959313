"""Child processes end with a killed parent, and a pool reports a killed worker."""

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

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only: prctl")
# Each starts children, prints their process ids and waits.
PROGRAM = """
import subprocess, sys, time
from stages.common.processes import end_with_parent
child = subprocess.Popen(["sleep", "60"], preexec_fn=end_with_parent())
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
    """True if it runs; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@only_linux
@pytest.mark.parametrize("code", [PROGRAM, POOL], ids=["program", "pool"])
def test_children_end_with_a_killed_parent(code: str, tmp_path: Path) -> None:
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


def test_a_killed_worker_is_a_user_error() -> None:
    # As the kernel does when memory runs out.
    with pytest.raises(UserError, match=r"^one of 2 worker processes was killed, .*memory"), pool(2) as workers:
        list(workers.map(signal.raise_signal, [signal.SIGKILL] * 4))
