"""Pretrained models as transformers saves them: where they lie, their revision, and what is read of them.

A model is named by a folder, a path inside an installed package, or a name on the hub, which the local cache answers
first. Its revision is the commit of the hub, or a digest of the files. No Python code of a model runs.
"""

import functools
import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from stages.common.errors import UserError
from stages.learning.pretrained import hub_reachable, sha256

T = TypeVar("T")
# Arguments of transformers' `from_pretrained`: without the second it would ask on the terminal whether to run code.
LOCAL = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True)
class Kind:
    """A kind of models, in the words of messages.

    Attributes:
        name: such as `language model`.
        setting: the option or key by which a person names one.
        parts: suffixes of the files of a folder that make its revision.
        files: suffixes of single files that hold such a model.
    """

    name: str
    setting: str
    parts: tuple[str, ...] = (".safetensors", ".json")
    files: tuple[str, ...] = ()

    @property
    def places(self) -> str:
        """What the setting may be."""
        files = "".join(f"a {suffix} file, " for suffix in self.files)
        return f"a folder as transformers saves it, {files}a path inside an installed package, or a name on the hub"


@dataclass(frozen=True)
class Base:
    """A pretrained model that was found, without its weights.

    Attributes:
        name: as it was given.
        source: folder or name on the hub, as transformers takes it.
        options: further arguments of transformers' `from_pretrained`.
        files: the files of a local one.
        revision: see this module.
    """

    name: str
    source: str
    options: dict[str, Any]
    files: tuple[Path, ...]
    revision: str

    @property
    def is_local(self) -> bool:
        """True for a folder or a file; False for a model that the hub or its cache has."""
        return Path(self.source).is_dir()


def find(name: str, kind: Kind, revision: str | None = None) -> Base:
    """The model `name` in a folder or on the hub, from the hub at the given revision if one is given.

    Raises:
        UserError: it is nowhere.
    """
    folder = local_path(name, kind)
    if folder is None:
        return _on_hub(name, kind, revision)
    files = sorted(file for file in folder.iterdir() if file.suffix in kind.parts)
    return Base(name, str(folder), dict(LOCAL), tuple(files), _digest(files))


def local_path(name: str, kind: Kind) -> Path | None:
    """The folder or file `name`, here or in an installed package; None for a name on the hub.

    Raises:
        UserError: the name is empty, or that of a file which is not there.
    """
    if not name.strip():
        raise UserError(f"the name of the {kind.name} is empty; {kind.setting} is {kind.places}")
    package, _, rest = name.partition("/")
    candidates = [Path(name).expanduser()]
    if rest and package.isidentifier() and (spec := importlib.util.find_spec(package)):
        candidates += [Path(place) / rest for place in spec.submodule_search_locations or []]
    for path in candidates:
        if path.is_dir() or (path.is_file() and path.suffix in kind.files):
            return path
    if name.endswith(kind.files) or name.count("/") > 1 or name.startswith((".", "/", "~")):
        raise UserError(f"the {kind.name} {name} is not there; {kind.setting} is {kind.places}")
    return None


def _on_hub(name: str, kind: Kind, revision: str | None) -> Base:
    from transformers.utils.hub import cached_file, extract_commit_hash

    for local in (True, False):
        try:
            config = cached_file(name, "config.json", revision=revision, local_files_only=local)
            found = extract_commit_hash(config, None) or "unknown"
            return Base(name, name, LOCAL | {"local_files_only": local, "revision": found}, (), found)
        except (OSError, ValueError) as error:
            if not local:
                raise UserError(f"the model hub has no {kind.name} {name} ({reason(error)})") from None
            if not hub_reachable():
                at = f" at revision {revision}" if revision else ""
                raise UserError(
                    f"the {kind.name} {name}{at} is neither a folder nor in the local cache, and the model hub cannot "
                    f"be reached; fetch it once where there is a network (hf download {name}), or set {kind.setting} "
                    "to a folder"
                ) from None
    raise AssertionError("unreachable")


def read(base: Base, load: Callable[[dict[str, Any]], T], what: str, kind: Kind) -> T:
    """What `load` reads with the options of a base.

    A cache may have some files of a model and lack others: these come from the hub.

    Raises:
        UserError: transformers reads no such thing there.
    """
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        try:
            return load(base.options)
        except OSError:
            if base.is_local or not base.options["local_files_only"] or not hub_reachable():
                raise
            return load(base.options | {"local_files_only": False})
    except MemoryError:
        raise
    except Exception as error:  # files of another kind, damaged ones and missing packages raise every kind
        raise UserError(
            f"{base.name}: no {what} that transformers reads ({reason(error)}); set {kind.setting} to another"
        ) from None


def digest(file: Path) -> str:
    """The SHA-256 of a file, which may have gigabytes: read once, unless it changes."""
    status = file.stat()
    return _digest_at(file, status.st_mtime_ns, status.st_size)


@functools.cache
def _digest_at(file: Path, changed: int, size: int) -> str:
    return sha256(file)


def _digest(files: Sequence[Path]) -> str:
    sums = "".join(f"{file.name} {digest(file)}\n" for file in files)
    return hashlib.sha256(sums.encode()).hexdigest()[:32]


def reason(error: Exception) -> str:
    """The first line of an error's message."""
    return str(error).strip().partition("\n")[0].rstrip(".")
