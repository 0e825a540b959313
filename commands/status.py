"""The option `--status` of commands that fill a folder of shards."""

from pathlib import Path
from typing import Annotated

import typer

from stages.common.errors import UserError

STATUS = Annotated[
    Path | None,
    typer.Option(
        "--status",
        metavar="FOLDER",
        help="Instead of any work, print how far a folder of --out is: pictures done and left out, the processes that "
        "work on it, their speed, and the time left.",
    ),
]


def print_status(folder: Path, *, given: bool) -> int:
    """Print the status of a folder; returns the exit code.

    Args:
        given: the command has inputs, too.

    Raises:
        UserError: it has, or the folder has no manifest.
    """
    from formats.shard_status import status

    if given:
        raise UserError("--status reads a folder of results alone; leave out everything else")
    print("\n".join(status(folder).lines()))
    return 0
