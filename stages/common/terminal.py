r"""What stages and commands print: characters that a terminal does not show as they are become escapes, as \x1b.

Names of files and people's texts can hold control characters, marks that reverse the direction of what follows,
halves of characters and invisible spaces. Only what is printed is escaped, never what is written to a file.
"""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

# Invisible, but part of words in Persian and Indic scripts and of emoji: kept between characters beyond ASCII.
JOINERS = "\u200c\u200d"


def printable(text: object, keep: str = "") -> str:
    r"""`text` on one line: every unprintable character, and every space but the plain one, as \x1b or \u202e.

    Args:
        keep: characters that stay as they are, such as a line's end.
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep or _joins(text, place) else char.encode("unicode_escape").decode()
        for place, char in enumerate(text)
    )


def printable_lines(text: object) -> str:
    """As `printable`, but a text of several lines keeps them."""
    return printable(text, keep="\n")


@contextmanager
def escaped_output() -> Iterator[None]:
    r"""Escape whatever is printed meanwhile; the ends of lines, tabs and the \r of progress bars stay."""
    # A closed stdout is None, and the next file to be opened would take its place.
    out = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - closed at the end of the process, as stdout is
    # The terminal's encoding need not have the letters of a file's name.
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    with redirect_stdout(_escaped(out, "\n\t")), redirect_stderr(_escaped(sys.stderr, "\n\t\r")):
        yield


def stop_printing() -> None:
    """Discard what is printed from now on: the reader of stdout has gone."""
    # Python flushes stdout once more as it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _joins(text: str, place: int) -> bool:
    if text[place] not in JOINERS or place == 0:
        return False
    around = text[place - 1] + text[place + 1 : place + 2]
    return len(around) == 2 and around.isprintable() and not any(map(str.isascii, around))


class _Escaped:
    """A text stream that escapes what it is given."""

    def __init__(self, stream: TextIO, keep: str) -> None:
        self._stream, self._keep = stream, keep

    def write(self, text: str) -> int:
        # Text only: click finds out by b"" whether a stream takes bytes.
        return self._stream.write(printable(text, self._keep) if isinstance(text, str) else text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _escaped(stream: TextIO | None, keep: str) -> TextIO:
    return cast(TextIO, _Escaped(stream, keep) if stream else stream)
