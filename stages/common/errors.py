"""The one exception that is meant for a person."""


class UserError(Exception):
    """Something the person can mend: its text is one sentence naming file, row or key, and the way out.

    Every entry point prints it without a traceback and exits with 1; any other
    exception is a defect of ours and keeps its traceback.
    """
