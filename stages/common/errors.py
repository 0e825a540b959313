"""The exception for errors that a person can correct."""


class UserError(Exception):
    """Its text is one sentence: what is wrong in which file, row or key, what was expected, what to do.

    Every entry point prints it without a traceback and exits with 1; any other
    exception is a defect of this program and keeps its traceback.
    """
