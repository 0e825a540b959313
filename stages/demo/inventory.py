"""The inventory of a folder of pictures: path, bytes and SHA-256 digest of each.

After the annotations stage, the digests stand for the pictures, so that no later
stage has a folder of 80,000 files as a dependency.
"""

import csv
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from stages.common.errors import UserError
from stages.common.tables import replacing

SUFFIXES = (".jpg", ".jpeg", ".png")


class Picture(NamedTuple):
    """One file: `path` relative to the picture root with forward slashes, size in bytes, SHA-256 in hex."""

    path: str
    bytes: int
    digest: str


def scan(folder: Path) -> list[Picture]:
    """Every picture under `folder`, links followed, sorted by path; none where there is no such folder."""
    return [_describe(folder, path) for path in sorted(_paths(folder))]


def _paths(folder: Path) -> Iterable[str]:
    seen = set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:  # a link that leads back up
            folders.clear()
            continue
        seen.add(real)
        for file in files:
            if file.lower().endswith(SUFFIXES):
                yield (Path(parent) / file).relative_to(folder).as_posix()


def _describe(folder: Path, path: str) -> Picture:
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Picture(path, file.tell(), digest)


def save(pictures: Iterable[Picture], path: Path) -> None:
    """Write the table with tabs; text is quoted, so that names with tabs, quotes or line ends survive."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(Picture._fields)
        writer.writerows(pictures)


def load(path: Path) -> list[Picture]:
    """Read what `save` wrote.

    Raises:
        UserError: naming the file and the record that is not `path, bytes, digest`.
    """
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    if not rows or tuple(rows[0]) != Picture._fields:
        raise UserError(
            f"{path}: the first line must hold the columns {', '.join(Picture._fields)}; make the file again"
        )
    return [_parse(row, number, path) for number, row in enumerate(rows[1:], start=1)]


def _parse(row: list[str], number: int, path: Path) -> Picture:
    if len(row) != len(Picture._fields) or not row[1].isdecimal():
        raise UserError(f"{path}: record {number} is {row!r}, allowed are path, bytes and digest; make the file again")
    return Picture(row[0], int(row[1]), row[2])
