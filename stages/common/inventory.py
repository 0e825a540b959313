"""The inventory of a folder of pictures: path, bytes, SHA-256 digest, width and height of each, or its problem.

Stages depend on the inventory in place of a folder of 80,000 files.
"""

import csv
import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from stages.common import pictures
from stages.common.errors import UserError
from stages.common.files import atomic_write
from stages.common.picture_folders import search
from stages.common.processes import usable_cores


class Picture(NamedTuple):
    """One file: `path` relative to the picture folder with forward slashes, size in bytes, SHA-256 in hex.

    A picture without width and height has a `problem`: why its header cannot be read.
    """

    path: str
    bytes: int
    digest: str
    width: int | None = None
    height: int | None = None
    problem: str | None = None


def scan(folder: Path) -> list[Picture]:
    """Every picture under `folder`, links followed, sorted by path; empty where there is no such folder."""
    return describe(folder, search(folder).pictures)


def describe(folder: Path, paths: Sequence[str]) -> list[Picture]:
    """The entries of the pictures at `paths`, which are relative to `folder`."""
    with ThreadPoolExecutor(usable_cores()) as pool:
        return list(pool.map(_describe, [folder] * len(paths), paths))


def _describe(folder: Path, path: str) -> Picture:
    """A file's entry; one that cannot be opened (a broken link) has no bytes and no digest."""
    content = None
    try:
        content = pictures.read_bytes(folder / path)
        width, height = pictures.dimensions(content)
    except pictures.UnreadablePicture as problem:
        digest = hashlib.sha256(content).hexdigest() if content is not None else ""
        return Picture(path, len(content or b""), digest, problem=str(problem))
    return Picture(path, len(content), hashlib.sha256(content).hexdigest(), width, height)


def save(pictures: Iterable[Picture], path: Path) -> None:
    """Write a TSV; text is quoted, so that names with tabs, quotes or line ends survive."""
    with (
        atomic_write(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(Picture._fields)
        writer.writerows(pictures)


def load(path: Path) -> list[Picture]:
    """Read an inventory that `save` wrote.

    Raises:
        UserError: there is no such file, or a record is no picture's; the message names the file and the record.
    """
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; `artemis inventory {path.parent.name}` writes it") from None
    if not rows or tuple(rows[0]) != Picture._fields:
        raise UserError(
            f"{path}: the first line must hold the columns {', '.join(Picture._fields)}; make the file again"
        )
    return [_parse(row, number, path) for number, row in enumerate(rows[1:], start=1)]


def _parse(row: list[str], number: int, path: Path) -> Picture:
    try:
        name, size, digest, width, height, problem = row
        return Picture(
            name, int(size), digest, int(width) if width else None, int(height) if height else None, problem or None
        )
    except ValueError:
        expected = ", ".join(Picture._fields)
        raise UserError(
            f"{path}: record {number} is {row!r}; expected are values of {expected}; make the file again"
        ) from None
