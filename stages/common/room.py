"""Room on the disk, asked for before long work rather than missed after it."""

import shutil
from pathlib import Path

from stages.common.errors import UserError

GB = 1e9


def require(folder: Path, needed: int, what: str) -> None:
    """Make sure that `what` can write `needed` bytes into `folder`, which need not exist yet.

    Raises:
        UserError: its disk has less free, naming both sizes.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise UserError(
            f"{what} will take {needed / GB:.2f} GB in {folder}, but its disk has {free / GB:.2f} GB free; make room "
            f"(`dvc gc --workspace` lets go of results of earlier runs), or work on a bigger disk"
        )
