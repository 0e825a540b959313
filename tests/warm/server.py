"""Server script of `tests.warm`: runs `python -m MODULE` for its clients in forks of one process.

This process imports the third-party packages that stages and DVC use, once, and forks for each client. The
child takes the client's working directory, environment, arguments and standard streams, imports the code of
its folder afresh and ends as an interpreter does. Only packages that no test changes are imported beforehand.

Protocol: a client sends one JSON object, together with its three standard streams, and reads one line: the exit
status as `os.waitpid` gives it. A client that ends takes its child with it.
"""

import array
import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any

# Not matplotlib, which asks for its backend when it is imported.
PACKAGES = (
    *("accelerate", "dvc.cli", "dvc.commands.repro", "ipykernel.kernelapp", "jupytext", "nbconvert", "nltk", "pandas"),
    *("papermill", "pyarrow.parquet", "rapidfuzz", "safetensors.torch", "sklearn.linear_model", "sklearn.metrics"),
    *("timm", "torch", "torchvision", "typer"),
)
STREAMS = 3


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A client's request and its standard streams."""
    message, ancillary, _, _ = connection.recvmsg(1 << 20, socket.CMSG_SPACE(STREAMS * array.array("i").itemsize))
    while not message.endswith(b"\n"):
        message += connection.recv(1 << 20)
    streams = array.array("i")
    for _, _, data in ancillary:
        streams.frombytes(data)
    return json.loads(message), list(streams)


def become(request: dict[str, Any], streams: list[int]) -> None:
    """Take the client's place, and run its module to the end.

    The process then ends without tearing its modules down, which takes seconds with torch among them.
    """
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    # As Python sets it at its start.
    sys.path[0:1] = [request["folder"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv[1:] = request["arguments"]
    code: Any = 0
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def main(address: str) -> None:
    for name in PACKAGES:
        __import__(name)
    # Collectors of children would copy every page of what all of them share.
    gc.collect()
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    clients: dict[socket.socket, int] = {}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)
        tests = sys.stdin.fileno()
        while tests not in (ready := select.select([tests, woken, listener, *clients], [], [])[0]):
            if woken in ready:
                os.read(woken, 1 << 10)
                answer(clients)
            for client in [client for client in ready if client in clients]:
                os.kill(clients.pop(client), signal.SIGKILL)
                client.close()
            if listener in ready:
                client, _ = listener.accept()
                request, streams = receive(client)
                if not (child := os.fork()):
                    break
                for stream in streams:
                    os.close(stream)
                clients[client] = child
        else:
            os._exit(0)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for descriptor in (woken, wake):
        os.close(descriptor)
    for other in (client, *clients):
        other.close()
    become(request, streams)


def answer(clients: dict[socket.socket, int]) -> None:
    """Send the exit status of each child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            for client in [client for client, child in clients.items() if child == ended[0]]:
                del clients[client]
                with client, contextlib.suppress(BrokenPipeError):
                    client.sendall(f"{ended[1]}\n".encode())


if __name__ == "__main__":
    main(sys.argv.pop(1))
