"""Java, where there is one: METEOR, SPICE and the PTB tokenizer are Java programs that come with pycocoevalcap."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from stages.metrics.interface import Unavailable

# Numbers with a point, and text in UTF-8, whatever the machine speaks.
ENGLISH = ("-Duser.language=en", "-Duser.country=US", "-Dfile.encoding=UTF-8")


def java(what: str) -> str:
    """The program `java`.

    Raises:
        Unavailable: there is none.
    """
    found = shutil.which("java")
    if found is None:
        raise Unavailable(
            f"{what} runs on Java, and there is no `java` on the PATH; a JRE of version 8 or later will do"
        )
    return found


def pycocoevalcap(folder: str) -> Path:
    """The folder of pycocoevalcap's package in which one of its programs lies."""
    spec = find_spec(f"pycocoevalcap.{folder}")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))
