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


def print_status(folder: Path, context: typer.Context) -> int:
    """Print the status of a folder; returns the exit code.

    Args:
        context: of the command.

    Raises:
        UserError: it was given something else, too, or the folder has no manifest.
    """
    from formats.shard_status import status

    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if (source := context.get_parameter_source(parameter.name or "")) and source.name == "COMMANDLINE"
    ]
    if others := [name for name in given if name != "--status"]:
        raise UserError(f"--status reads a folder of results alone; leave out {' and '.join(others)}")
    print("\n".join(status(folder).lines()))
    return 0
