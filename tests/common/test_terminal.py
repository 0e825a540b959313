"""Text for the terminal: what is escaped, and what stays."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.terminal import escaped_output, printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("red\x1b[31m.jpg", r"red\x1b[31m.jpg"),
        ("two\nlines\r\t.jpg", r"two\nlines\r\t.jpg"),
        ("evil\u202egpj.exe", r"evil\u202egpj.exe"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("thin\u200bair\ufeff", r"thin\u200bair\ufeff"),
        ("no\xa0break", r"no\xa0break"),
        ("next\x85line\u2028", r"next\x85line\u2028"),
        (os.fsdecode(b"caf\xe9.jpg"), r"caf\udce9.jpg"),
        # A joiner that joins nothing only hides.
        ("a\u200db.jpg", r"a\u200db.jpg"),
        ("\u200dab", r"\u200dab"),
        (Path("hall/a.jpg"), "hall/a.jpg"),
    ],
)
def test_what_a_terminal_would_not_show_is_escaped(text: object, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "café 海 ☀ smørrebrød Ωμέγα кот",
        "e\u0301toile",  # decomposed letters
        "\U0001f469\u200d\U0001f3a8.jpg",  # an emoji of three characters
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # a Persian word
        "C:\\new\\x1b.jpg",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert printable(text) == text


def test_lines_stay_lines() -> None:
    assert printable_lines("a.csv: two faults\n\x07b.csv: one\r") == "a.csv: two faults\n\\x07b.csv: one\\r"


def test_all_that_is_printed_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    with escaped_output():
        print("a\x1b[2Jb", "c\td", sep="\n")
        print("\r 50 % \u202e", end="", file=sys.stderr)
        sys.stdout.writelines(["x\x07\n", "y\n"])
    print("after\x1b")
    out, err = capsys.readouterr()
    assert out == "a\\x1b[2Jb\nc\td\nx\\x07\ny\nafter\x1b\n"
    # A progress bar moves back by \r.
    assert err == "\r 50 % \\u202e"


def test_a_closed_stdout_discards_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with escaped_output():
        print("nobody hears it")
        sys.stdout.close()


@given(st.text())
def test_what_is_shown_is_one_line_of_visible_characters(text: str) -> None:
    assert printable(text).replace("\u200c", "").replace("\u200d", "").isprintable()
