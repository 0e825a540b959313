"""Where the pictures of a data set lie."""

import os
from pathlib import Path


def picture_folder(dataset: str, root: str) -> Path:
    """The folder `root` of the data set: in this workspace or, where DVC runs in a temporary copy, in the repository.

    Pictures are not tracked, so a copy does not have them; $DVC_ROOT names the
    repository that it was made from.
    """
    here = Path("data/raw") / dataset / root
    return here if here.is_dir() else Path(os.environ.get("DVC_ROOT", ".")) / here
