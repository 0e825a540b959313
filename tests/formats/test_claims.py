"""Claims on shared files: one process has each, and those of dead processes are taken over."""

import errno
import json
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from formats import claims
from formats.claims import Claims
from stages.common.processes import usable_cores

ELSEWHERE = {"host": "another-machine", "pid": os.getpid(), "token": "1-abc"}


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Claims]:
    with Claims(tmp_path) as found:
        yield found


def _left_behind(folder: Path, name: str, owner: dict[str, object], *, age: float = 0.0) -> None:
    """The claim of a process that has not renewed it for `age` seconds, and a file that it wrote by half."""
    own = folder / f".{owner.get('token')}.alive"
    own.write_text(json.dumps(owner))
    os.link(own, folder / f".{name}.claim")
    before = own.stat().st_mtime_ns - int(age * 1e9)
    os.utime(own, ns=(before, before))
    (folder / f".captions-00000.{owner.get('token')}.parquet").write_text("half")


def _dead() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_claim_is_of_one_process(tmp_path: Path, ours: Claims) -> None:
    with Claims(tmp_path) as others, ours.hold("a") as held:
        assert held
        assert ours.holds("a")
        with others.hold("a") as also:
            assert not also
        with others.hold("b") as other:
            assert other
        assert ours.holds("a")
    with ours.hold("a") as again:
        assert again


def test_nothing_is_left(tmp_path: Path) -> None:
    with Claims(tmp_path) as found, found.hold("a"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_block_ends_the_claim(tmp_path: Path, ours: Claims) -> None:
    with pytest.raises(RuntimeError), ours.hold("a"):
        raise RuntimeError
    with Claims(tmp_path) as others, others.hold("a") as held:
        assert held


def test_the_claim_of_a_dead_process_is_taken_over_at_once(tmp_path: Path, ours: Claims) -> None:
    _left_behind(tmp_path, "a", {"host": socket.gethostname(), "pid": _dead(), "token": "1-abc"})
    with ours.hold("a") as held:
        assert held
        assert ours.holds("a")
    assert [path.name for path in tmp_path.iterdir()] == [f".{ours.token}.alive"]


@pytest.mark.parametrize(("age", "taken"), [(claims.STALE - 60, False), (claims.STALE + 60, True)])
def test_that_of_another_machine_when_it_is_not_renewed(tmp_path: Path, ours: Claims, age: float, taken: bool) -> None:
    _left_behind(tmp_path, "a", ELSEWHERE, age=age)
    with ours.hold("a") as held:
        assert held == taken


@pytest.mark.parametrize("content", ["", "[]", '{"host":', "null"])
def test_a_damaged_claim_is_stale_after_a_while(tmp_path: Path, ours: Claims, content: str) -> None:
    path = tmp_path / ".a.claim"
    path.write_text(content)
    with ours.hold("a") as held:
        assert not held
    before = path.stat().st_mtime_ns - int((claims.STALE + 60) * 1e9)
    os.utime(path, ns=(before, before))
    with ours.hold("a") as held:
        assert held


def test_what_dead_processes_have_left_is_removed_at_the_start(tmp_path: Path) -> None:
    _left_behind(tmp_path, "a", ELSEWHERE, age=claims.STALE + 60)
    (tmp_path / ".a.claim").unlink()
    with Claims(tmp_path) as found:
        assert [path.name for path in tmp_path.iterdir()] == [f".{found.token}.alive"]


def test_a_process_renews_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "RENEWAL", 0.01)
    renewed = threading.Event()
    utime = os.utime
    monkeypatch.setattr(claims.os, "utime", lambda *which: (utime(*which), renewed.set()))
    with Claims(tmp_path):
        renewed.clear()
        assert renewed.wait(10)


def test_a_process_that_was_taken_for_dead_knows_it(tmp_path: Path, ours: Claims) -> None:
    with ours.hold("a") as held:
        assert held
        old = ours._own.stat().st_mtime_ns - int((claims.STALE + 60) * 1e9)
        os.utime(ours._own, ns=(old, old))
        with Claims(tmp_path) as others, others.hold("a") as taken:
            assert taken
            assert not ours.holds("a")
        assert not ours.holds("a")


def test_a_process_that_was_taken_for_dead_goes_on(tmp_path: Path, ours: Claims) -> None:
    """Its own file is gone: it has a new one, and claims as before."""
    ours._own.unlink()
    with ours.hold("a") as held:
        assert held
        assert ours.holds("a")
        with Claims(tmp_path) as others, others.hold("a") as also:
            assert not also
    ours._own.unlink()
    _left_behind(tmp_path, "b", ELSEWHERE)
    with ours.hold("b") as held:
        assert not held


def test_another_error_of_a_link_is_no_lack_of_links(ours: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(claims.os, "link", full)
    with pytest.raises(OSError, match="No space"), ours.hold("a"):
        pass


def test_each_of_many_files_is_claimed_once(tmp_path: Path) -> None:
    done: list[int] = []
    start = threading.Barrier(max(4, usable_cores()))

    def work() -> None:
        with Claims(tmp_path) as found:
            start.wait()
            for number in range(200):
                with found.hold(str(number)) as held:
                    if held and not (tmp_path / f"{number}.done").exists():
                        done.append(number)
                        (tmp_path / f"{number}.done").touch()

    threads = [threading.Thread(target=work) for _ in range(start.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(done) == dict.fromkeys(range(200), 1)


def test_a_file_is_created_once(tmp_path: Path, ours: Claims) -> None:
    assert ours.create(tmp_path / "about.json", {"seed": 1})
    assert not ours.create(tmp_path / "about.json", {"seed": 2})
    assert json.loads((tmp_path / "about.json").read_text()) == {"seed": 1}


def test_without_hard_links_one_process_goes_on_and_is_told(
    tmp_path: Path, ours: Claims, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(claims.os, "link", refuse)
    for name in ("a", "b"):
        with ours.hold(name) as held:
            assert held
            assert ours.holds(name)
    assert ours.create(tmp_path / "about.json", 1)
    assert not ours.create(tmp_path / "about.json", 2)
    assert capsys.readouterr().err.count("has no hard links (Operation not permitted), so only one process") == 1
