"""What leaves a review sheet: its annotations, or a sheet of another format, perhaps in another folder."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from formats import web_annotations
from formats.machine_captions import Decision, Reviewed
from formats.review import sheet
from formats.review.thumbnails import of_files
from formats.review.update import back_up, require_closed
from formats.targets import moved
from stages.common.errors import UserError

ANNOTATIONS = ".jsonld"


class Saved(NamedTuple):
    """The number of captions in a file, and the backup of the sheet that it replaces; None without one."""

    captions: int
    backup: Path | None


def save(rows: Sequence[Reviewed], path: Path, folder: Path) -> Saved:
    """Write the rows of a sheet of `folder` as W3C Web Annotations (.jsonld) or as a sheet.

    A rejected caption is no annotation. A sheet that is replaced by one that says something else stays as a backup.

    Raises:
        UserError: the file cannot be written, or another program has the sheet open.
    """
    backup = None
    placed = [_from(path.parent, folder, row) for row in rows]
    if path.suffix.lower() == ANNOTATIONS:
        placed = [row for row in placed if row.decision is not Decision.REJECTED]
        web_annotations.save(placed, path)
    else:
        require_closed(path)
        if _is_to_be_kept(path, placed):
            backup = back_up(path)
        sheet.save(placed, path, of_files(path.parent))
    return Saved(len(placed), backup)


def _is_to_be_kept(path: Path, rows: Sequence[Reviewed]) -> bool:
    """True if a file is there that is no sheet of these rows."""
    try:
        return path.exists() and sheet.read(path) != rows
    except UserError:
        # Also a sheet with faults is somebody's work.
        return True


def _from(there: Path, here: Path, row: Reviewed) -> Reviewed:
    """The row with its relative addresses from another folder."""
    target, image = (moved(address, there, here) for address in (row.caption.target, row.caption.image))
    return replace(row, caption=row.caption._replace(target=target, image=image))
