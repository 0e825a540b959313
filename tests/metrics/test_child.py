"""The child process that answers line by line: what becomes of one that dies, hangs or says much."""

import sys
from pathlib import Path

import pytest

from stages.metrics.interface import Unavailable
from stages.metrics.java import LineServer

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"


def server(folder: Path, code: str, seconds: float = 20) -> LineServer:
    return LineServer([sys.executable, "-c", code], folder, seconds)


def test_every_line_is_answered_in_order(tmp_path: Path) -> None:
    child = server(tmp_path, ECHO)
    assert child.ask(["a", "b"]) == ["A", "B"]
    assert child.ask([]) == []
    assert child.ask(["c"]) == ["C"]


def test_more_is_said_than_pipes_hold(tmp_path: Path) -> None:
    # 500 lines of 1,000 characters each way: eight times what a pipe holds.
    lines = [f"{number} {'x' * 1000}" for number in range(500)]
    assert server(tmp_path, ECHO).ask(lines) == [line.upper() for line in lines]


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    # The first answers two lines and dies; the second finds its mark, and lives.
    code = (
        "import sys, pathlib\nmark = pathlib.Path('mark')\nfirst = not mark.exists()\nmark.touch()\n"
        "for n, line in enumerate(sys.stdin):\n"
        "    if first and n == 2: sys.exit(1)\n"
        "    print(line.strip().upper(), flush=True)"
    )
    assert server(tmp_path, code).ask(["a", "b", "c", "d"]) == ["A", "B", "C", "D"]


def test_one_that_dies_twice_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"failed twice: out of memory$"):
        server(tmp_path, "import sys\nsys.exit('thinking\\nout of memory')").ask(["a"])


def test_one_that_hangs_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"failed twice: no answer within 0\.3 s"):
        server(tmp_path, "import time\ntime.sleep(60)", seconds=0.3).ask(["a"])


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="`no-such-program` cannot be started: No such file"):
        LineServer(["no-such-program"], tmp_path, 1).ask(["a"])
