"""Check of the file that a command will write, before its work."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from stages.common.errors import UserError


def out_file(given: str, inputs: Iterable[Path] = ()) -> Path:
    """The path of a file that a person wants written, in folders that need not exist yet.

    Raises:
        UserError: it cannot be written, or it is one of the `inputs`.
    """
    if not given.strip():
        raise UserError(f"the name of the result is empty ({given!r}); give that of a file")
    path = Path(given)
    try:
        fault = _fault(path, inputs)
    except (OSError, ValueError) as error:
        fault = f"cannot be written ({getattr(error, 'strerror', None) or error})"
    if fault:
        raise UserError(f"{path}: {fault}; choose another file for the result")
    return path


def _fault(path: Path, inputs: Iterable[Path]) -> str | None:
    if path.is_dir():
        return "a folder, expected a file"
    if path.exists() and any(file.exists() and file.samefile(path) for file in inputs):
        return "an input of this command"
    if path.exists() and not path.is_file():
        return "a device or a pipe, expected a file"
    with suppress(FileNotFoundError, NotADirectoryError):
        # Longer than the name itself, as that of the temporary file is.
        path.with_name(f".{path.name}.partial").lstat()
    existing = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not existing.is_dir():
        return f"{existing} is no folder"
    return None if os.access(existing, os.W_OK | os.X_OK) else f"no permission to write to {existing}"
