"""A lock that one process holds: contenders see its process id, and a killed process releases it."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stages.common.locks import Locked, exclusive
from tests.study import ROOT

HOLD = """
import sys, time
from pathlib import Path
from stages.common.locks import exclusive
with exclusive(Path(sys.argv[1]), "it is running"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_contender_sees_the_process_id_and_a_killed_holder_releases_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "stage.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, lock], cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with (
            pytest.raises(Locked, match=f"^it is running already, by process {first.pid}; "),
            exclusive(lock, "it is running"),
        ):
            pass
        first.send_signal(signal.SIGKILL)
    assert lock.exists()
    with exclusive(lock, "it is running"):
        assert lock.read_text() == str(os.getpid())
    assert not lock.exists()


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "lock", "it is running"):
            raise ZeroDivisionError


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def test_a_file_system_without_locks_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def flock(*_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    with exclusive(tmp_path / "lock", "it is running"):
        pass
    assert list(tmp_path.iterdir()) == []
