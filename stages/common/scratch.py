"""Where unfinished work waits, named after everything that its result depends on.

A checkpoint may be picked up only by a run that would have made the same one. So
its folder carries a fingerprint of the resolved params, the input files and the
code; any difference leads to another folder and a fresh start. The folder lies in
the main repository also when DVC runs an experiment in a temporary copy.
"""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel


def fingerprint(params: BaseModel, inputs: Iterable[Path], machine: str) -> str:
    """A hash of `params`, `machine`, the bytes of `inputs` and the source of every module of `stages` loaded so far.

    `machine` says what else the sums depend on: the device and its threads, torch's version.
    """
    whole = hashlib.sha256(f"{params.model_dump_json()}\n{machine}".encode())
    for path in inputs:
        with path.open("rb") as file:
            whole.update(f"\n{path}:{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    for name, module in sorted(sys.modules.items()):
        if name.split(".")[0] == "stages" and (source := getattr(module, "__file__", None)):
            whole.update(f"\n{name}:".encode() + Path(source).read_bytes())
    return whole.hexdigest()[:32]


def folder(stage: str, params: BaseModel, inputs: Iterable[Path], machine: str) -> Path:
    """The scratch folder of this very run of `stage`; the caller removes it when the outs are written."""
    return Path(os.environ.get("DVC_ROOT", ".")) / ".scratch" / stage / fingerprint(params, inputs, machine)
