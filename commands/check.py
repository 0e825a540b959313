"""`artemis check`: validate params.yaml before anything runs."""

from pathlib import Path
from typing import Annotated

import typer


def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A whole params file, or one of presets/, which is completed.")
    ] = Path("params.yaml"),
) -> None:
    """Check params.yaml, and print what the study would lack here.

    Every wrong value and every unknown key is an error, and so is a missing file of the data set: DVC would stop
    without it. Metrics that will be skipped on this machine are printed, and the files that a preset would need.

    \b
    Examples:
      artemis check
      artemis check presets/artemis.yaml
    """
    from commands import checks

    checks.run(file)
