"""`artemis merge`: one data set of many shards."""

from pathlib import Path
from typing import Annotated

import typer


def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Finished folders that `artemis caption --out` or `artemis predict --out` wrote."),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The data set: a new folder.")],
) -> None:
    """Merge folders of captions or emotions to one data set.

    They must be by the same model with the same settings, and finished; pictures that
    were left out stay rows with the reason. The result is a folder of large Parquet
    files, which pandas, DuckDB and `datasets` read as one table, and _manifest.json,
    which says what made it.

    \b
    Example:
      artemis merge captions-paris captions-berlin --out captions
    """
    from formats.merging import merge
    from stages.common.files import out_folder

    print(merge(folders, out_folder(str(out), folders)))
