"""A model of the hub as a folder of its own, which does not depend on the hub's cache."""

import shutil
from pathlib import Path

from formats.hub.kinds import CONFIG, Kind
from formats.hub.models import checked, folder_of, name_of, pinned
from stages.common.errors import UserError
from stages.common.files import atomic_write, require_space


def fetch(kind: Kind, given: str, folder: Path) -> str:
    """Copy the files of a published model to `folder`; returns a summary with the commit.

    Raises:
        UserError: `given` names no repository or another kind of model, or `folder` is not empty.
    """
    if name_of(given) is None:
        raise UserError(
            f"{given}: a folder here, or no name of a repository; expected OWNER/NAME or OWNER/NAME@REVISION"
        )
    if folder.exists() and any(path.name != ".gitignore" for path in folder.iterdir()):
        raise UserError(f"{folder}: not empty; choose another folder, or remove what is there")
    name = pinned(given)
    source = folder_of(name, kind)
    with checked(name, kind):
        kind.check(source)
    files = kind.files(kind.config(source))
    require_space(folder, sum((source / file).stat().st_size for file in files), f"the {kind.name}")
    # The config last: without it a folder holds no model.
    for file in sorted(files, key=lambda file: file == CONFIG):
        with atomic_write(folder / file) as beside:
            shutil.copyfile(source / file, beside)
    return f"{folder}: the {kind.name} {name}, {len(files)} files"
