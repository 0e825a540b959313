"""Run the command `artemis` in this process."""

from typer.testing import CliRunner

from commands.__main__ import app


def artemis(*arguments: str) -> tuple[int, list[str], list[str]]:
    """The exit code, the lines on stdout, and the lines on stderr."""
    result = CliRunner().invoke(app, arguments, prog_name="artemis", catch_exceptions=False)
    return result.exit_code, result.stdout.splitlines(), result.stderr.splitlines()
