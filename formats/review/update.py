"""A review sheet that is written again when captions are made again, and keeps what people wrote into it."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from formats.machine_captions import Decision, MachineCaption, Reviewed
from formats.review import sheet
from formats.review.merging import merged
from formats.review.thumbnails import Thumbnail
from stages.common.errors import UserError
from stages.common.files import atomic_write
from stages.common.text_files import first_bytes

# Before and behind the name of a file that Excel or LibreOffice has open.
LOCKS = (("~$", ""), (".~lock.", "#"))


def check(path: Path) -> list[Reviewed]:
    """The rows of the sheet, none if it is not there; to be called before long work.

    Raises:
        UserError: its suffix is none of a sheet, a program has it open, or it cannot be read.
    """
    sheet.require_known(path)
    require_closed(path)
    return sheet.read(path) if path.exists() else []


def update(path: Path, captions: Sequence[MachineCaption], thumbnail: Thumbnail) -> str:
    """Write the sheet of `captions`, with what people wrote into the one that is there; returns a summary.

    The former sheet stays beside it as `<name>.backup<suffix>`. A sheet that would say the same stays as it is.

    Args:
        captions: relative targets are paths from the folder of the sheet.

    Raises:
        UserError: as `check`, or the sheet cannot be written or has just been changed; it is as it was then.
    """
    existed, before = path.exists(), _digest(path)
    old = check(path)
    rows = merged(old, captions)
    if existed and rows == old:
        return f"{path}: nothing new; {summary(rows)}"
    with atomic_write(path) as beside:
        sheet.write(rows, beside, thumbnail)
        require_closed(path)
        if _digest(path) != before:
            raise UserError(f"{path}: was changed while captions were written into it; run the command again")
        if existed:
            back_up(path)
    place = f"{path} (the former one: {backup_of(path)})" if existed else str(path)
    return f"{place}: {summary(rows)}{_changes(old, rows, captions)}"


def back_up(path: Path) -> Path:
    """Copy a sheet that will be replaced to `<name>.backup<suffix>`, and return that."""
    backup = backup_of(path)
    with atomic_write(backup) as copy:
        shutil.copyfile(path, copy)
    return backup


def backup_of(path: Path) -> Path:
    """The name of a sheet's backup."""
    return path.with_name(f"{path.stem}.backup{path.suffix}")


def summary(rows: Sequence[Reviewed]) -> str:
    """How many rows are decided, and how."""
    count = Counter(row.decision for row in rows)
    edited = sum(row.decision is Decision.APPROVED and row.edited is not None for row in rows)
    return (
        f"{len(rows):,} captions: {count[Decision.APPROVED]:,} approved ({edited:,} of them edited), "
        f"{count[Decision.REJECTED]:,} rejected, {count[Decision.OPEN]:,} open"
    )


def _changes(old: Sequence[Reviewed], rows: Sequence[Reviewed], captions: Sequence[MachineCaption]) -> str:
    """How many rows are of other captions, how many captions need no row, and how many decisions were taken back."""
    rejected = {row.caption for row in rows if row.decision is Decision.REJECTED}
    displaced = sum(row.decision is not Decision.REJECTED and row.caption in rejected for row in old)
    written = {row.caption for row in rows}
    left_out = sum(caption not in written for caption in captions)
    kept = len(written - set(captions))
    parts = []
    if kept:
        parts.append(f"kept {kept:,} decided or edited rows of captions that were not written again")
    if displaced:
        parts.append(f"rejected {displaced:,} of them, since another picture has their place (see their notes)")
    if left_out:
        parts.append(f"left out {left_out:,} new captions of pictures with an approved one")
    return "".join(f"; {part}" for part in parts)


def lock_of(path: Path) -> Path | None:
    """The file by which a program says that it has a sheet open; None if none does."""
    locks = (path.with_name(f"{before}{path.name}{behind}") for before, behind in LOCKS)
    return next((lock for lock in locks if lock.exists()), None)


def require_closed(path: Path) -> None:
    """Check that no program has the sheet open, and may write it again.

    Raises:
        UserError: one has.
    """
    if lock := lock_of(path):
        raise UserError(
            f"{path}: open in another program, as {lock.name} says; save and close it there, then run the command "
            f"again (if no program has it open, delete {lock.name})"
        )


def _digest(path: Path) -> str | None:
    if not path.exists():
        return None
    first_bytes(path, zipped=True)
    return hashlib.sha256(path.read_bytes()).hexdigest()
