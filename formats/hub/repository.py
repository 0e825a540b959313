"""Names of repositories of the Hugging Face hub, and what the hub answers in the sentences of this program."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tqdm.auto import tqdm

from stages.common.errors import UserError

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
LOG_IN = "log in with `hf auth login`"
UNAUTHORIZED, FORBIDDEN, CONFLICT, PRECONDITION = 401, 403, 409, 412


class Bar(tqdm):  # type: ignore[type-arg]
    """A progress bar on a terminal only, which leaves no trace there."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # None: only on a terminal.
        super().__init__(*args, **(options | {"leave": False, "disable": options.get("disable") or None}))


@dataclass(frozen=True)
class Repository:
    """A repository, in the words of messages.

    Attributes:
        name: OWNER/NAME.
        noun: `model` or `data set`.
        revision: branch, tag or commit that is asked for; None for the main branch.
    """

    name: str
    noun: str = "model"
    revision: str | None = None

    @property
    def type(self) -> str:
        """As huggingface_hub names it."""
        return "model" if self.noun == "model" else "dataset"

    @property
    def page(self) -> str:
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/{'' if self.type == 'model' else 'datasets/'}{self.name}"


@contextmanager
def understood(repository: Repository, task: str, way_out: str) -> Iterator[None]:
    """Turn every failure of huggingface_hub inside the block into a sentence.

    Args:
        task: what fails, `download from` or `upload to`.
        way_out: what holds after a failure of the network or the disk.

    Raises:
        UserError: the name is wrong, there is no such repository, revision or file, it is gated, nobody is logged in or
            may not write there, or the hub does not answer.
    """
    from huggingface_hub import errors

    page = repository.page
    try:
        yield
    except (UserError, MemoryError):
        raise
    except errors.HFValidationError as error:
        raise UserError(f"{repository.name}: no name of a repository: {first_line(error)}; correct it") from None
    except errors.GatedRepoError:
        accept = f"accept them on that page, {LOG_IN}, and run this command again"
        raise UserError(f"{page}: given only to those who have accepted its terms; {accept}") from None
    except errors.RepositoryNotFoundError:
        where = f"no folder here, and {page} is no {repository.noun} on the hub or a private one"
        raise UserError(f"{repository.name}: {where}; correct the name, or {LOG_IN}") from None
    except errors.RevisionNotFoundError:
        expected = "give a branch, a tag or a commit of it"
        raise UserError(f"{page}: there is no revision {repository.revision}; {expected}") from None
    except errors.RemoteEntryNotFoundError as error:
        raise UserError(f"{page}: a file is missing there ({_missing(error)}); give another revision") from None
    except errors.OfflineModeIsEnabled:
        raise UserError(f"{page}: HF_HUB_OFFLINE is set, so the hub is not asked; unset it; {way_out}") from None
    except errors.LocalTokenNotFoundError:
        raise UserError(f"{page}: nobody is logged in; {LOG_IN}, with a token that may write") from None
    except Exception as error:  # httpx's, xet's and the disk's errors have no common class
        cause = error.__cause__ or error
        status = getattr(getattr(cause, "response", None), "status_code", None)
        if status in (UNAUTHORIZED, FORBIDDEN):
            refused = "nobody is logged in" if status == UNAUTHORIZED else "the token may not do this"
            raise UserError(f"{page}: {refused} ({first_line(cause)}); {LOG_IN}, with a token that may write") from None
        if status in (CONFLICT, PRECONDITION):
            raise UserError(f"{page}: somebody else has written there meanwhile; run this command again") from None
        if isinstance(cause, errors.OfflineModeIsEnabled) or "HF_HUB_OFFLINE" in str(cause):
            cause = ConnectionError("HF_HUB_OFFLINE is set, and the file is not in the local cache")
        reason = f"{type(cause).__name__}: {first_line(cause)}"
        raise UserError(f"{page}: the {task} the hub failed ({reason}); correct this, {way_out}") from None


def first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _missing(error: Any) -> str:
    """The file that the hub has not, the end of the address that was asked for."""
    return str(error.response.url).partition("/resolve/")[2].partition("/")[2] or first_line(error)
