"""The command `artemis`; `python -m commands` runs it without installation.

A command's file imports torch, pandas and the stages inside its function, so that help
and completion answer at once.
"""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from commands.caption import caption
from commands.check import check
from commands.compare import compare
from commands.export import EXPORTS
from commands.fetch import FETCHED
from commands.flip import flip
from commands.import_ import IMPORTS
from commands.inventory import inventory
from commands.merge import merge
from commands.predict import predict
from commands.preset import preset
from commands.publish import PUBLISHED
from commands.review import REVIEWS
from commands.score import score
from commands.serve import serve
from commands.study import STUDIES
from commands.table import table
from stages.common.errors import UserError
from stages.common.terminal import escaped_output, printable_lines, stop_printing

# The exit code that a shell reports of a process that SIGPIPE has ended.
CLOSED_PIPE = 128 + 13


class Commands(TyperGroup):
    """Ends a command: with the exit code that it returns, or after a `UserError` with one line on stderr and code 1.

    A reader that stops reading (`| head`) ends it silently. All that commands print is escaped here.
    """

    def main(self, *args: Any, **options: Any) -> Any:
        with escaped_output():
            return super().main(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except UserError as error:
            print(f"{ctx.command_path} {ctx.invoked_subcommand}: {printable_lines(error)}", file=sys.stderr)
            code = 1
        except BrokenPipeError:
            stop_printing()
            code = CLOSED_PIPE
        raise typer.Exit(code or 0)


def group(help: str, **options: Any) -> typer.Typer:
    return typer.Typer(
        cls=Commands,
        help=help,
        no_args_is_help=True,
        # Rich would take the brackets in messages for markup.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **options,
    )


app = group("Affective captioning of art: the study's models, data and results.")
for command in (caption, serve, predict, merge, score, flip, compare, table, inventory, preset, check):
    app.command()(command)
for name, summary, members in (
    ("import", "Import data sets, and models and data that ArtEmis' code wrote.", IMPORTS),
    ("export", "Export this study's data for other programs.", EXPORTS),
    ("study", "Let people judge captions.", STUDIES),
    ("publish", "Publish models and tables of this study on the Hugging Face hub.", PUBLISHED),
    ("fetch", "Fetch published models into folders.", FETCHED),
    ("review", "Read what people decided about captions.", REVIEWS),
):
    subgroup = group(summary)
    for member in members:
        subgroup.command()(member)
    app.add_typer(subgroup, name=name)


def main() -> None:
    app(prog_name="artemis")


if __name__ == "__main__":
    main()
