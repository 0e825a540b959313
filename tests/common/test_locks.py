"""Two runs that would write the same files: the second says so, and a dead one is in nobody's way."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stages.common.locks import Taken, alone
from tests.study import ROOT

HOLD = """
import sys, time
from pathlib import Path
from stages.common.locks import alone
with alone(Path(sys.argv[1]), "somebody is at it"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_is_told_who_the_first_is_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "stage.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, lock], cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        told = f"somebody is at it already, by process {first.pid}; wait until it has ended, or end it"
        with pytest.raises(Taken, match=f"^{re.escape(told)}$"), alone(lock, "somebody is at it"):
            pass
        first.send_signal(signal.SIGKILL)
    assert lock.exists()
    with alone(lock, "nobody is at it"):
        pass
    assert not lock.exists()


def test_it_is_let_go_of_after_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), alone(tmp_path / "lock", "nobody is at it"):
            raise ZeroDivisionError
