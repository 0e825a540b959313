"""Client script of `tests.warm`: `client.py SOCKET STARTED NAME ARGUMENT...` as `python`, `dvc` or `artemis` do.

What the server can't stand in for, such as a script or an environment that an interpreter reads only when it
starts, is run by an interpreter of its own.
"""

import array
import json
import os
import signal
import socket
import sys

MODULES = {"dvc": "dvc", "artemis": "commands"}
# Importing torch from its sources, without bytecode, takes twice as long.
HINDERING = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
# Read by Python and by the libraries of threads when they start.
AT_START = ("LANG", "LC_", "MKL_", "OMP_", "PYTHON")


def settled(environment: dict[str, str]) -> dict[str, str]:
    """What an interpreter reads at its start, but for the search path, which the server sets."""
    return {key: value for key, value in environment.items() if key.startswith(AT_START) and key != "PYTHONPATH"}


def main(address: str, started: str, name: str, *arguments: str) -> None:
    if name == "python" and arguments[:1] == ("-m",):
        module, *arguments = arguments[1:]
    elif name in MODULES:
        module = MODULES[name]
    else:
        module = None
    if module is None or settled(dict(os.environ)) != json.loads(started):
        command = arguments if module is None else ("-m", module, *arguments)
        os.execv(sys.executable, [sys.executable, *command])
    # Not pathlib, which takes longer to import than all the rest.
    folder = os.getcwd()  # noqa: PTH109
    request = {"module": module, "arguments": arguments, "folder": folder, "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        streams = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
        message = json.dumps(request).encode() + b"\n"
        connection.sendall(message[connection.sendmsg([message], streams) :])
        status = int(connection.makefile().readline())
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != signal.SIGKILL:
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(*sys.argv[1:])
