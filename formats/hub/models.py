"""Models by name: a folder, or a repository of the Hugging Face hub, `OWNER/NAME` or `OWNER/NAME@REVISION`.

A folder that is there wins, and so does the name of a path: `data/speaker` is one wherever there is a folder `data`.
The hub's files come into its own cache ($HF_HOME), which answers without a network. Only the files of a model of this
program are fetched: JSON and safetensors, no pickle and no code.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from formats.hub.kinds import CONFIG, Kind
from formats.hub.repository import REPOSITORY, Bar, Repository, first_line, understood
from stages.common.errors import UserError

COMMIT = re.compile(r"[0-9a-f]{40}")
REVISION = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", re.ASCII)
# Folders that every study has, or will have.
OURS = ("data", "reports")
GOES_ON = "then the same command goes on where it stopped; a folder needs no network"


class Name(NamedTuple):
    """The name of a repository, and a branch, a tag or a commit; None for its main branch."""

    repository: str
    revision: str | None


def name_of(given: str) -> Name | None:
    """The repository that `given` names; None if it is a folder, there or not.

    Raises:
        UserError: what stands behind the @ is no revision, or no file can have such a name.
    """
    repository, at, revision = given.partition("@")
    try:
        is_there = Path(given).exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{given}: no name of a folder or a repository ({reason}); correct it") from None
    if is_there or not REPOSITORY.fullmatch(repository):
        return None
    first, second = repository.split("/")
    if {first, second} & {".", ".."} or first in OURS or (not at and Path(first).is_dir()):
        return None
    if at and not REVISION.fullmatch(revision):
        raise UserError(f"{given}: {revision!r} is no revision; expected a branch, a tag or a commit behind the @")
    return Name(repository, revision or None)


def pinned(given: str) -> str:
    """`OWNER/NAME@COMMIT`, which stderr says; a folder and a whole commit stay as they are.

    Raises:
        UserError: there is no such repository or revision, it holds another kind of model, or neither the hub nor the
            cache answers.
    """
    name = name_of(given)
    if name is None or COMMIT.fullmatch(name.revision or ""):
        return given
    config = _fetch(name, CONFIG)
    result = f"{name.repository}@{_commit(config, name)}"
    print(f"{given}: {result}", file=sys.stderr)
    return result


def folder_of(given: str, kind: Kind) -> Path:
    """The folder of the model that `pinned` names; fetched unless the cache has it.

    Raises:
        UserError: as of `pinned`.
    """
    name = name_of(given)
    if name is None:
        return Path(given)
    config = _fetch(name, CONFIG)
    commit = _commit(config, name)
    for file in kind.files(_checked(config, given, kind)):
        _fetch(name._replace(revision=commit), file)
    return config.parent


@contextmanager
def checked(given: str, kind: Kind) -> Iterator[None]:
    """Turn whatever fails as a model of the hub is loaded inside the block into a sentence.

    Its config may say anything, so that loading may raise anything. A folder's errors stay as they are.

    Raises:
        UserError: the files of the repository are no model of this version.
    """
    try:
        yield
    except MemoryError:
        raise
    except UserError as error:
        # The stages name the cache's file and how a study makes it.
        raise (error if name_of(given) is None else UserError(f"{given}: {error}")) from None
    except Exception as error:
        if name_of(given) is None:
            raise
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise UserError(
            f"{given}: its {CONFIG} and weights are no {kind.name} of this version ({reason}); give another revision"
        ) from None


def _fetch(name: Name, file: str) -> Path:
    """A file of a repository; nothing is asked of the hub if the revision is a commit, and the cache has the file."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    repository = Repository(name.repository, "model", name.revision)
    with understood(repository, "download from", GOES_ON):
        if COMMIT.fullmatch(name.revision or ""):
            cached = try_to_load_from_cache(name.repository, file, revision=name.revision)
            if isinstance(cached, str):
                return Path(cached)
        return Path(hf_hub_download(name.repository, file, revision=name.revision, tqdm_class=Bar))


def _commit(file: Path, name: Name) -> str:
    """The commit of a file in the cache, which names a folder after it."""
    commit = file.parent.name
    if not COMMIT.fullmatch(commit):
        raise UserError(f"{name.repository}: the hub gave no commit but {commit!r}; is HF_ENDPOINT a Hugging Face hub?")
    return commit


def _checked(file: Path, given: str, kind: Kind) -> dict[str, Any]:
    """The config.json of a model of the kind.

    Raises:
        UserError: it is that of something else.
    """
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{given}: its {CONFIG} is no JSON ({first_line(error)}); give another revision") from None
    kind.require(config, given)
    return dict(config)
