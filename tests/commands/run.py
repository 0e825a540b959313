"""Run the command `artemis` in this process."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from commands.__main__ import app
from stages.common.params import read

Run = Callable[..., tuple[int, list[str], list[str]]]
# The section `captions` of params.yaml.
CAPTIONS = read(Path(__file__).parents[2] / "presets/demo.yaml")["captions"] | {"beam_size": 3, "max_length": 5}


def artemis(*arguments: str, stdin: bytes = b"") -> tuple[int, list[str], list[str]]:
    """The exit code, the lines on stdout, and the lines on stderr."""
    result = CliRunner().invoke(app, arguments, stdin, prog_name="artemis", catch_exceptions=False)
    return result.exit_code, result.stdout.splitlines(), result.stderr.splitlines()
