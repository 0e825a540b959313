"""Work on a Ray cluster: two nodes on this machine, of which one dies; errors; addresses where no cluster is."""

import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stages.common.errors import UserError
from stages.learning.cluster import Step, connected, process, resources
from tests.ray_nodes import HAS_RAY, STORE


def adder(number: int) -> Callable[[int], tuple[int, int]]:
    """A step that adds a number, and tells its process."""

    def add(item: int) -> tuple[int, int]:
        time.sleep(0.02)
        return item + number, os.getpid()

    return add


def meeting(folder: Path, number: int) -> Callable[[int], tuple[int, int]]:
    """A step that waits until so many processes have made it, and tells its own."""
    (folder / str(os.getpid())).touch()

    def meet(item: int) -> tuple[int, int]:
        until = time.monotonic() + 120
        while len(list(folder.iterdir())) < number:
            assert time.monotonic() < until, f"alone for two minutes in {folder}"
            time.sleep(0.02)
        return item, os.getpid()

    return meet


def squarer() -> Callable[[tuple[int, int]], int]:
    return lambda pair: pair[0] ** 2


def here() -> Callable[[str], str]:
    return lambda name: Path(name).read_text()


def faulty() -> Callable[[int], int]:
    return lambda item: 1 // (item - 7)


class Unpicklable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def worse() -> Callable[[int], int]:
    raise Unpicklable(1, 2)


@HAS_RAY
def test_both_nodes_work(nodes: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with connected(nodes.address):
        assert (resources("CPU"), resources("GPU")) == (2, 0)
        results = list(process(range(60), [Step(partial(meeting, tmp_path, 2))]))
        assert list(process([], [Step(squarer)])) == []
        pairs = list(process(range(5), [Step(partial(adder, 1)), Step(squarer)]))
    assert sorted(value for value, _ in results) == list(range(60))
    assert len({pid for _, pid in results}) == 2
    assert sorted(pairs) == [1, 4, 9, 16, 25]
    assert capsys.readouterr().out == ""


@HAS_RAY
def test_relative_paths_are_those_of_this_process(nodes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("found")
    with connected(nodes.address):
        assert list(process(["a.txt"], [Step(here)])) == ["found"]


@HAS_RAY
def test_an_error_is_raised_as_it_was(nodes: Any) -> None:
    with connected(nodes.address):
        with pytest.raises(ZeroDivisionError, match=r"^integer division or modulo by zero\b") as raised:
            list(process(range(20), [Step(faulty)]))
        assert "1 // (item - 7)" in raised.value.__notes__[0]
        with pytest.raises(RuntimeError, match="Unpicklable: 1 and 2"):
            list(process(range(2), [Step(worse)]))


@HAS_RAY
def test_a_node_that_dies_loses_and_doubles_nothing(nodes: Any) -> None:
    node = nodes.add_node(num_cpus=1, object_store_memory=STORE)
    with connected(nodes.address):
        found = []
        for result, _ in process(range(200), [Step(partial(adder, 0))]):
            found.append(result)
            if len(found) == 20:
                nodes.remove_node(node, allow_graceful=False)
    assert sorted(found) == list(range(200))


@pytest.mark.parametrize("address", ["127.0.0.1:{}", "nowhere.invalid:1", "127.0.0.1:port"])
@HAS_RAY
def test_no_cluster(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    named = address.format(port)
    started = time.monotonic()
    with pytest.raises(UserError, match=f"no Ray cluster .*{named}"), connected(named):
        pytest.fail("connected")
    assert time.monotonic() - started < 30


@HAS_RAY
def test_a_cluster_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one does whose token this process does not show."""
    import ray

    def init(**_: Any) -> None:
        raise ConnectionError("Failed to connect\nand more")

    monkeypatch.setattr(ray, "init", init)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        expected = rf"^no Ray cluster at {address} \(Failed to connect\); .*RAY_AUTH_MODE=token"
        with pytest.raises(UserError, match=expected), connected(address):
            pytest.fail("connected")


def test_ray_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match="EXTRAS=ray"), connected("local"):
        pytest.fail("connected")
