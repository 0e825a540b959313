"""Files into a repository of the Hugging Face hub, in one commit: a failure leaves nothing half there."""

import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from formats.hub.repository import Repository, understood
from stages.common.errors import UserError

if TYPE_CHECKING:
    from huggingface_hub import DatasetInfo, HfApi, ModelInfo

GOES_ON = "then the same command goes on where it stopped"


class Published(NamedTuple):
    """The commit that holds the files; `new` is False if the repository held the same ones before."""

    commit: str
    new: bool
    size: int


def upload(files: Mapping[str, Path], repository: Repository, *, private: bool, known: Iterable[str]) -> Published:
    """Create the repository if it is not there, and commit `files` to its main branch.

    Args:
        files: paths by their names in the repository.
        private: the repository is private, or nothing is uploaded.
        known: names of files that an earlier publication may have left, and that go if they are not in `files`.

    Raises:
        UserError: nobody is logged in or may write there, the repository is public, or the hub does not answer.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    size = sum(path.stat().st_size for path in files.values())
    api = HfApi()
    with understood(repository, "upload to", GOES_ON):
        # Its warning of an empty commit is one of the results here, and its bars move the cursor.
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        disable_progress_bars()
        api.create_repo(repository.name, repo_type=repository.type, private=private or None, exist_ok=True)
        before = _info(api, repository)
        if private and not before.private:
            raise UserError(
                f"{repository.page}: a public repository, and --private was given; nothing was uploaded; make it "
                "private on the hub, or give another name"
            )
        print(f"{repository.page}: uploading {size:,} bytes", file=sys.stderr)
        there = {sibling.rfilename for sibling in before.siblings or []}
        operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
            *(CommitOperationAdd(name, path) for name, path in files.items()),
            *(CommitOperationDelete(name) for name in sorted(there & set(known) - files.keys())),
        ]
        done = api.create_commit(
            repository.name,
            operations,
            commit_message="artemis publish",
            repo_type=repository.type,
            # Refused if somebody else has committed in the meantime.
            parent_commit=before.sha,
        )
    return Published(done.oid, done.oid != before.sha, size)


def _info(api: "HfApi", repository: Repository) -> "ModelInfo | DatasetInfo":
    return (api.model_info if repository.type == "model" else api.dataset_info)(repository.name)
