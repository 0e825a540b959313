"""`python`, `dvc` and `artemis` that start warm: a hundred processes of the tests import torch and DVC once.

Most of a small stage's time goes into importing torch. `environment` has a PATH on which the three names lead to
forks of one server; each is a process with its own memory, folder, environment and end, as when a person starts it.
Tests that kill a process, or ask how an interpreter starts, start `sys.executable` themselves.
"""

import atexit
import functools
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.warm import client

# Sums depend on the number of threads, and sets of words on the seed.
THREADS = "1"
AT_START = {"OMP_NUM_THREADS": THREADS, "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"}
SCRIPTS = Path(__file__).parent


@functools.cache
def environment(**at_start: str) -> Mapping[str, str]:
    """Environment variables that start the three warm, with AT_START and `at_start`, which only a start can change."""
    inherited = {name: value for name, value in os.environ.items() if name not in client.HINDERING}
    settled = {**inherited, **AT_START, **at_start}
    folder = Path(tempfile.mkdtemp(prefix="warm"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    if sys.platform == "linux":  # elsewhere forks of a process with torch are not safe
        _serve(folder, settled)
    return {**settled, "PATH": path, "JUPYTER_PATH": str(folder)}


def _serve(folder: Path, environment: dict[str, str]) -> None:
    """Start a server, and write its three clients into `folder`."""
    address = str(folder / "socket")
    server = subprocess.Popen(
        [sys.executable, SCRIPTS / "server.py", address],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)
    known = json.dumps(client.settled(environment))
    for name in ("python", "dvc", "artemis"):
        command = shlex.join([sys.executable, "-IS", str(SCRIPTS / "client.py"), address, known, name])
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
        (folder / name).chmod(0o755)
    # Kernels of notebooks, too.
    kernel = folder / "kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    start = [str(folder / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": start, "display_name": "Python 3", "language": "python"}), "utf-8")
    assert server.stdout
    assert server.stdout.readline() == "ready\n"
