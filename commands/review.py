"""`artemis review`: what people decided about captions."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def read(
    sheet: Annotated[
        Path,
        typer.Argument(metavar="SHEET", help="A sheet that `artemis caption --review` wrote: .xlsx, .csv or .html."),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Also write the captions as W3C Web Annotations (.jsonld), without the rejected ones; or as a sheet "
            "of another format (.xlsx, .csv, .html).",
        ),
    ] = None,
    approved: Annotated[bool, typer.Option("--approved", help="Write approved captions only.")] = False,
) -> None:
    """Check a review sheet, and say how far it is.

    What is wrong in the sheet is named by row and column: an unknown decision, a cell of the
    machine that was changed, a formula, an approved row without text.

    \b
    Examples:
      artemis review read review.xlsx
      artemis review read review.xlsx --out museum.jsonld --approved
      artemis review read review.csv --out review.html
    """
    from formats import web_annotations
    from formats.machine_captions import Decision
    from formats.review import publishing
    from formats.review.sheet import SUFFIXES
    from formats.review.sheet import read as read_sheet
    from formats.review.update import lock_of, summary
    from stages.common.errors import UserError
    from stages.common.files import out_file

    if approved and out is None:
        raise UserError("--approved chooses what is written; give --out, too")
    path = None if out is None else out_file(out, (publishing.ANNOTATIONS, *SUFFIXES), [sheet])
    if path and path.suffix.lower() == publishing.ANNOTATIONS:
        web_annotations.require_free(path)
    rows = read_sheet(sheet)
    if lock := lock_of(sheet):
        print(f"{sheet}: open in another program ({lock.name}); what is not saved there is not read", file=sys.stderr)
    print(f"{sheet}: {summary(rows)}")
    if path is not None:
        chosen = [row for row in rows if row.decision is Decision.APPROVED] if approved else rows
        written, backup = publishing.save(chosen, path, sheet.parent)
        former = f" (the former one: {backup})" if backup else ""
        print(f"{path}{former}: {written:,} captions; {len(rows) - written:,} left out")


REVIEWS = (read,)
