"""Parquet files of a data set: those of a folder, or of a repository of the Hugging Face hub.

The hub's files come into its own cache ($HF_HOME), where an interrupted download goes on and nothing is loaded twice.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from tqdm.auto import tqdm

from stages.common.errors import UserError

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
PAGE = "https://huggingface.co/datasets/"
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


class _Files(tqdm):  # type: ignore[type-arg]
    """A bar of files; those of bytes below it would move the cursor, which what a command prints may not do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # None: only on a terminal.
        disable = True if options.get("unit") == "B" else None
        super().__init__(*args, **(options | {"leave": False, "disable": disable}))


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
    from huggingface_hub import errors, snapshot_download

    page = f"{PAGE}{repository}"
    try:
        return Path(
            snapshot_download(
                repository, repo_type="dataset", revision=revision, allow_patterns="*.parquet", tqdm_class=_Files
            )
        )
    except errors.HFValidationError as error:
        raise UserError(f"{repository}: no name of a repository: {_first_line(error)}; correct it") from None
    except errors.GatedRepoError:
        way_out = "accept them on that page, log in with `hf auth login`, and run this command again"
        raise UserError(f"{page}: given only to those who have accepted its terms; {way_out}") from None
    except errors.RepositoryNotFoundError:
        where = f"no folder here, and {page} is no data set on the hub or a private one"
        raise UserError(f"{repository}: {where}; correct the name, or log in with `hf auth login`") from None
    except errors.RevisionNotFoundError:
        raise UserError(f"{page}: there is no revision {revision}; give a branch, a tag or a commit of it") from None
    except Exception as error:  # httpx's, xet's and the disk's errors have no common class
        cause = error.__cause__ or error
        reason = f"{type(cause).__name__}: {_first_line(cause)}"
        way_out = "then the same command goes on where it stopped; a folder of Parquet files needs no network"
        raise UserError(f"{page}: the download from the hub failed ({reason}); correct this, {way_out}") from None


def _parquet(folder: Path) -> list[Path]:
    """All Parquet files in a folder and its subfolders but hidden ones, sorted by path."""
    paths = (path.relative_to(folder) for path in folder.rglob("*.parquet"))
    return [folder / path for path in sorted(paths) if not any(part.startswith(".") for part in path.parts)]


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
