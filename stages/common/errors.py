"""The exception for errors that a person can correct."""

from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Its text is one sentence: what is wrong in which file, row or key, what was expected, what to do.

    Every entry point prints it without a traceback and exits with 1; any other
    exception is a defect of this program and keeps its traceback.
    """


@contextmanager
def advising(advice: str) -> Iterator[None]:
    """Add `advice` to a UserError about a file: its use, which the reader of the file does not know."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{error}; {advice}") from None
