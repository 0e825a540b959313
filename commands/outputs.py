"""Names that people give to results: a file of some kinds, or a folder for very many pictures."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from stages.common.errors import UserError
from stages.common.terminal import printable

# The option `--cache` of commands that read pictures.
CACHE = Annotated[
    str | None,
    typer.Option(
        "--cache",
        metavar="FOLDER",
        help="Keep a copy there of every picture that is read from a URL, for the next run. It grows without bounds.",
    ),
]


# The option `--ray` of commands that fill a folder.
RAY = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="With a folder as --out: let a Ray cluster work (docs/archives.md). local starts one on this machine, "
        "auto finds the one that runs here, HOST:PORT another. All machines need this folder, the model and the "
        "pictures under the same paths.",
    ),
]


class Output(NamedTuple):
    """Where results go."""

    path: Path
    is_folder: bool


def output(given: str, suffixes: Sequence[str], inputs: Iterable[Path]) -> Output:
    """The file or folder of a name, checked before any work.

    Args:
        suffixes: those of files, in lower case.
        inputs: files and folders that the result must not replace.

    Raises:
        UserError: it is of another kind, or cannot be written.
    """
    from stages.common.files import out_file, out_folder

    if not given.strip() or (Path(given).suffix.lower() in suffixes and not given.endswith("/")):
        return Output(out_file(given, suffixes, inputs), False)
    if not _is_folder(given):
        raise UserError(
            f"--out {printable(given)}: expected a file ({', '.join(suffixes)}) or a folder; for a new folder, add a /"
        )
    return Output(out_folder(given, inputs), True)


def require_folder(ray: str | None, result: Output | None) -> None:
    """Check that a cluster has a folder to fill.

    Raises:
        UserError: it has none.
    """
    if ray is not None and not (result and result.is_folder):
        raise UserError("--ray needs a folder for the results; give --out FOLDER/")


def _is_folder(given: str) -> bool:
    """True unless the name ends as that of a file does: `museum.2024` is a folder's, `museum.docx` is not."""
    return given.endswith("/") or not re.fullmatch(r"\.[A-Za-z]+", Path(given).suffix) or Path(given).is_dir()
