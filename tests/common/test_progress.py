"""Progress: plain lines in a log, none for short work, a bar on a terminal."""

import sys
from collections.abc import Iterator

import pytest
import tqdm.std

from stages.common.progress import track


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error is a file, as under DVC in CI."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)


def test_short_work_prints_nothing(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(3), "pictures")) == [0, 1, 2]
    assert capsys.readouterr().err == ""


def test_long_work_prints_a_line_every_five_seconds(
    log: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0
    monkeypatch.setattr(tqdm.std, "time", lambda: seconds)

    def items() -> Iterator[str]:
        nonlocal seconds
        for item in "abcde":
            seconds += 3
            yield item

    assert list(track(items(), "pictures", 5_000)) == list("abcde")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(", about ")[0] for line in lines] == [
        "  pictures: 2 of 5,000",
        "  pictures: 4 of 5,000",
    ]
    assert all(line.endswith(" left") for line in lines)


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(track(range(3), "pictures")) == [0, 1, 2]
    assert "pictures:" in capsys.readouterr().err
