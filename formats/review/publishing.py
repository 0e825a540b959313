"""What leaves a review sheet: its annotations, or a sheet of another format, perhaps in another folder."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from formats.machine_captions import Decision, Reviewed
from formats.review import sheet
from formats.review.thumbnails import of_files

ANNOTATIONS = ".jsonld"


def save(rows: Sequence[Reviewed], path: Path, folder: Path) -> int:
    """Write the rows of a sheet of `folder` as W3C Web Annotations (.jsonld) or as a sheet; returns their number.

    A rejected caption is no annotation.

    Raises:
        UserError: the file cannot be written.
    """
    moved = [_from(path.parent, folder, row) for row in rows]
    if path.suffix.lower() == ANNOTATIONS:
        from formats import web_annotations

        moved = [row for row in moved if row.decision is not Decision.REJECTED]
        web_annotations.save(moved, path)
    else:
        sheet.save(moved, path, of_files(path.parent))
    return len(moved)


def _from(there: Path, here: Path, row: Reviewed) -> Reviewed:
    """The row with its relative target from another folder."""
    address = urlsplit(row.caption.target)
    if address.scheme or address.netloc or not address.path or there.resolve() == here.resolve():
        return row
    path = os.path.relpath(here.resolve() / unquote(address.path, errors="surrogateescape"), there.resolve())
    target = quote(os.fsencode(Path(path).as_posix()))
    return replace(row, caption=row.caption._replace(target=target))
