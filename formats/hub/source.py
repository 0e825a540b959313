"""Parquet files of a data set: those of a folder, or of a repository of the Hugging Face hub.

The hub's files come into its own cache ($HF_HOME), where an interrupted download goes on and nothing is loaded twice.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from formats.hub.repository import REPOSITORY, Bar, Repository, understood
from stages.common.errors import UserError

# The branch in which the hub itself keeps data sets of other formats as Parquet.
CONVERTED = "refs/convert/parquet"
# train-00000-of-00038.parquet, also with a digest behind the numbers.
SHARD = re.compile(r"(.*)-(\d{5})-of-(\d{5})(-.*)?\.parquet")


class Source(NamedTuple):
    """Parquet files, sorted.

    Attributes:
        name: of the source in messages.
        origin: of the data, for dataset.yaml: `repository@commit`, or the name of the folder.
    """

    folder: Path
    files: list[Path]
    name: str
    origin: str

    def missing(self) -> int:
        """Number of files that their names (`train-00000-of-00038.parquet`) announce and that are not there."""
        found: dict[tuple[Path, str, int], set[str]] = {}
        for file in self.files:
            if shard := SHARD.fullmatch(file.name):
                found.setdefault((file.parent, shard[1], int(shard[3])), set()).add(shard[2])
        return sum(max(0, total - len(numbers)) for (_, _, total), numbers in found.items())


class _Files(Bar):
    """Of files; those of bytes below it would move the cursor, which what a command prints may not do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"disable": options.get("unit") == "B"}))


def find(given: str, revision: str | None = None) -> Source:
    """The Parquet files of a folder, or else of a repository of the hub.

    Args:
        revision: branch, tag or commit of the repository; by default its main branch.

    Raises:
        UserError: there is no such folder and no such repository, the hub does not answer, or no file is Parquet.
    """
    folder = Path(given)
    if is_repository(given):
        folder = download(given, revision)
        # The hub's cache names a folder after the commit.
        commit = f"{given}@{folder.name}"
        source = Source(folder, _parquet(folder), commit, commit)
        advice = f"; `--revision {CONVERTED}` has many data sets as Parquet" if revision is None else ""
    elif revision is not None:
        raise UserError(f"--revision {revision}: {given} is a folder, not a repository of the hub; leave it away")
    elif not folder.is_dir():
        raise UserError(f"{given}: no such folder, nor the name of a repository (OWNER/NAME); correct it")
    else:
        source, advice = Source(folder, _parquet(folder), given, folder.resolve().name), ""
    if not source.files:
        raise UserError(f"{source.name}: no Parquet file; expected files with the suffix .parquet{advice}")
    return source


def is_repository(given: str) -> bool:
    """True if `given` is no folder here and can name a repository."""
    return not Path(given).exists() and REPOSITORY.fullmatch(given) is not None


def download(repository: str, revision: str | None) -> Path:
    """Fetch the Parquet files of a data set on the hub; returns their folder, which is named after the commit.

    Raises:
        UserError: there is no such data set or revision, it is gated, or the hub does not answer.
    """
    from huggingface_hub import snapshot_download

    goes_on = "then the same command goes on where it stopped; a folder of Parquet files needs no network"
    with understood(Repository(repository, "data set", revision), "download from", goes_on):
        return Path(
            snapshot_download(
                repository, repo_type="dataset", revision=revision, allow_patterns="*.parquet", tqdm_class=_Files
            )
        )


def _parquet(folder: Path) -> list[Path]:
    """All Parquet files in a folder and its subfolders but hidden ones, sorted by path."""
    paths = (path.relative_to(folder) for path in folder.rglob("*.parquet"))
    return [folder / path for path in sorted(paths) if not any(part.startswith(".") for part in path.parts)]
