"""Work on the machines of a Ray cluster, with Ray Data: items go in, results come out.

Ray is an extra of this package (`ray`), imported where a person asks for a cluster. Tried with Ray 2.60.
"""

import contextlib
import logging
import os
import pickle
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from stages.common.errors import UserError
from stages.common.files import GB

# Memory of a cluster of one's own for what is on its way between processes; Ray writes more of it to the disk. Its
# default is a third of the machine's.
STORE = int(1 * GB)
# Bytes that an actor hands on at once. With Ray's 128 MiB, gigabytes would wait.
HANDED_ON = 16 << 20
# Seconds in which a cluster must answer.
ANSWER = 5
# Seconds without any result after which Ray Data gives up: an item that kills each actor is tried again and again.
NO_PROGRESS = 1800
LOCAL = "local"


class Step(NamedTuple):
    """A step of the work on an item.

    Attributes:
        make: makes the function that takes an item, or the result of the step before, once in each actor.
        on_gpu: one actor for each GPU; else one for each core.
    """

    make: Callable[[], Callable[[Any], Any]]
    on_gpu: bool = False


class Table(Protocol):
    """An Arrow table."""

    def __getitem__(self, name: str) -> Any: ...


@contextlib.contextmanager
def connected(address: str) -> Iterator[None]:
    """A cluster for `process`: one of this process's own (`local`), that of this machine (`auto`), or at host:port.

    Whatever is printed meanwhile goes to stderr.

    Raises:
        UserError: Ray is not installed, or no cluster answers.
    """
    ray = _imported()
    if ":" in address:
        _require_answer(address)
    options: dict[str, Any] = {"object_store_memory": STORE, "include_dashboard": False}
    if address != LOCAL:
        # The packages of this process, where they are not installed.
        options = {"runtime_env": {"env_vars": {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}}}
    with contextlib.redirect_stdout(sys.stderr):
        try:
            with _silent_stderr():
                ray.init(address=address, logging_level=logging.CRITICAL, log_to_driver=False, **options)
        except (OSError, RuntimeError, ValueError) as error:
            advice = f"start one with `ray start --head`, or give {LOCAL}"
            if ":" in address:
                advice = "if it asks for a token, as Ray 2.60 does, set RAY_AUTH_MODE=token (docs/archives.md)"
            raise UserError(f"no Ray cluster at {address} ({_first_line(error)}); {advice}") from None
        try:
            yield
        finally:
            ray.shutdown()


def process(items: Sequence[Any], steps: Sequence[Step]) -> Iterator[Any]:
    """The result of every item after all steps, computed by actors all over the cluster, in any order.

    Items and results are pickled, and so are the steps: their functions must be importable on all machines, whose
    working directory is that of this process. An exception of theirs is raised here. An actor that dies, even with its
    machine, is replaced, and its items are tried again. No more is read than the next step can take soon.

    Raises:
        UserError: Ray gives up, as an item kills each actor that tries it.
    """
    import ray
    from ray.data import ActorPoolStrategy, DataContext, from_arrow
    from ray.data.exceptions import ExecutionTimeoutError

    context = DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.target_max_block_size = HANDED_ON
    context.execution_no_progress_timeout_s = NO_PROGRESS
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    results = from_arrow([_table(item, None) for item in items])
    for step in steps:
        actors = resources("GPU" if step.on_gpu else "CPU")
        results = results.map_batches(
            _Actor,
            fn_constructor_args=(step.make, str(Path.cwd())),
            compute=ActorPoolStrategy(min_size=1, initial_size=max(1, min(actors, len(items)))),
            batch_size=1,
            batch_format="pyarrow",
            **({"num_cpus": 0, "num_gpus": 1} if step.on_gpu else {"num_cpus": 1}),
        )
    try:
        for block in results.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            for value, error in _rows(block):
                if error:
                    raise error
                yield value
    except (ray.exceptions.RayError, ExecutionTimeoutError) as error:
        raise UserError(f"Ray has given up: {_first_line(error)}") from error


def resources(kind: str) -> int:
    """The number of the cluster's cores (`CPU`) or GPUs (`GPU`)."""
    import ray

    return int(ray.cluster_resources().get(kind, 0))


class _Actor:
    """Applies a function, made at the first item, to one item after the other."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]], folder: str) -> None:
        os.chdir(folder)
        self._make = make
        self._function: Callable[[Any], Any] | None = None

    def __call__(self, block: Table) -> Iterator[Table]:
        """Exceptions are results: Ray Data would add its own advice to their messages."""
        for value, error in _rows(block):
            if error:
                yield _table(None, error)
                continue
            try:
                self._function = self._function or self._make()
                yield _table(self._function(value), None)
            except Exception as raised:
                yield _table(None, _portable(raised))


def _table(value: Any, error: Exception | None) -> Table:
    """A row of any value: Arrow's form is passed between processes without another copy."""
    import pyarrow as pa

    table: Table = pa.table({"row": pa.array([pickle.dumps((value, error), protocol=5)], pa.large_binary())})
    return table


def _rows(block: Table) -> Iterator[tuple[Any, Exception | None]]:
    return (pickle.loads(row.as_buffer()) for row in block["row"])


def _portable(error: Exception) -> Exception:
    """The exception with its traceback as a note, or its text alone if it cannot be pickled."""
    error.add_note(traceback.format_exc())
    try:
        copy: Exception = pickle.loads(pickle.dumps(error))
        return copy
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _imported() -> Any:
    # For the processes that Ray starts, too. Its C++ part complains of how Ray Data starts its actors.
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_BACKEND_LOG_LEVEL="fatal", RAY_ENABLE_UV_RUN_RUNTIME_ENV="0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError(
            f"Ray is not installed ({error}); install this project's extra ray (make EXTRAS=ray check)"
        ) from None
    return ray


def _require_answer(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), ANSWER).close()
    except (OSError, ValueError, OverflowError) as error:
        raise UserError(f"no Ray cluster answers at {address} ({error}); expected host:port, {LOCAL} or auto") from None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Without what Ray's C++ part writes to the file descriptor: a line that RAY_BACKEND_LOG_LEVEL leads to."""
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
