"""Long work says how far it is: plain lines in a log, none for work that is done at once."""

import sys
import time

import pytest

from stages.common.progress import track


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error is a file, as under DVC in CI."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)


def test_short_work_says_nothing(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(3), "pictures")) == [0, 1, 2]
    assert capsys.readouterr().err == ""


def test_long_work_says_a_line_every_five_seconds(
    log: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each item takes 3 seconds: lines after the second, the fourth, ...
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    assert list(track(iter("abcde"), "pictures", 5)) == list("abcde")
    assert capsys.readouterr().err.splitlines() == [
        "  pictures: 2 of 5, about 9 s left",
        "  pictures: 4 of 5, about 3 s left",
    ]


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(track(range(3), "pictures")) == [0, 1, 2]
    assert "pictures:" in capsys.readouterr().err
