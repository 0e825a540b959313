"""What an exception of a remote file system means: whose fault it is, whether it can pass, and what to do about it.

Each file system of fsspec raises the exceptions of its own client. They are told apart by the status of the server's
answer, which every client keeps somewhere, so that no client needs to be installed.
"""

import asyncio
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple

MISSING, DENIED = (404, 410), (401, 403)
# Statuses of the server's answer that can differ a moment later.
PASSING = (408, 425, 429, *range(500, 600))
# Exceptions without a status that are the same a moment later, and no fault of the server.
LASTING = (IsADirectoryError, NotADirectoryError, NotImplementedError, ImportError, TypeError, ValueError)
# What file systems turn the exceptions of their clients into.
TRANSLATED = (FileNotFoundError, PermissionError)
# Exceptions of botocore about credentials, and google.auth's.
CREDENTIALS = (
    *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError"),
    *("UnauthorizedSSOTokenError", "ProfileNotFound", "DefaultCredentialsError", "RefreshError"),
)
# Codes of S3 for credentials that open nothing, unlike those that do not open a certain file.
INVALID = (
    *("ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired", "InvalidAccessKeyId"),
    *("SignatureDoesNotMatch", "RequestTimeTooSkewed"),
)
S3_CREDENTIALS = (
    "they are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, from AWS_PROFILE and ~/.aws, or from the "
    "machine's role; FSSPEC_S3_ANON=true reads public buckets without any"
)
GOOGLE_CREDENTIALS = "`gcloud auth application-default login` makes them, or GOOGLE_APPLICATION_CREDENTIALS names them"


class Kind(Enum):
    """Whose fault it is."""

    ABSENT = "there is no such file"
    DENIED = "access denied"
    LOCKED_OUT = "no valid credentials"
    REFUSED = "the server will not send this file"
    FAILING = "the server fails at the moment"
    SILENT = "no server could be reached"
    UNUSABLE = "the name or the content of the file is wrong"


class Fault(NamedTuple):
    """The meaning of an exception.

    Attributes:
        reason: in a few words.
        pause: seconds that the server asks to wait before another try.
    """

    kind: Kind
    reason: str
    pause: float | None = None

    @property
    def passing(self) -> bool:
        """True if another try may succeed."""
        return self.kind in (Kind.FAILING, Kind.SILENT)

    @property
    def at_server(self) -> bool:
        """True if the network, the server or all credentials are at fault: other files there will fail, too."""
        return self.passing or self.kind is Kind.LOCKED_OUT

    @property
    def answered(self) -> bool:
        """True if the server was reached."""
        return self.kind not in (Kind.SILENT, Kind.UNUSABLE)


def fault(error: BaseException) -> Fault:
    """The meaning of an exception that a file system raised."""
    cause = _cause(error)
    status = _status(cause)
    if status in MISSING or isinstance(cause, FileNotFoundError):
        return Fault(Kind.ABSENT, Kind.ABSENT.value)
    if status in DENIED or isinstance(error, PermissionError):
        code = _detail(cause, status) if status else ""
        kind = Kind.LOCKED_OUT if code in INVALID else Kind.DENIED
        return Fault(kind, f"{kind.value} ({code})" if code else kind.value)
    if status is not None:
        kind = Kind.FAILING if status in PASSING else Kind.REFUSED
        return Fault(kind, f"the server answers {status} ({_detail(cause, status)})", _pause(cause))
    if type(cause).__name__ in CREDENTIALS:
        return Fault(Kind.LOCKED_OUT, "no credentials")
    if isinstance(cause, TimeoutError | asyncio.TimeoutError) or "Timeout" in type(cause).__name__:
        return Fault(Kind.SILENT, "no answer in time")
    usable = not (isinstance(cause, LASTING) or _is_damage(cause))
    return Fault(Kind.SILENT if usable else Kind.UNUSABLE, _first_line(cause))


def _cause(error: BaseException) -> BaseException:
    """The exception of the client that a file system has turned into one of Python."""
    # fsspec calls every failure to ask for a file's size "not found"; s3fs does so for the status of an answer.
    while isinstance(error, TRANSLATED) or type(error) is OSError:
        if error.__cause__ is None or isinstance(error.__cause__, LookupError):
            break
        error = error.__cause__
    return error


def advice(problem: Fault, protocol: str) -> str:
    """What a person can do about a fault in a listing."""
    s3, google = protocol in ("s3", "s3a"), protocol in ("gs", "gcs")
    if problem.kind in (Kind.DENIED, Kind.LOCKED_OUT):
        where = f"; {S3_CREDENTIALS}" if s3 else f"; {GOOGLE_CREDENTIALS}" if google else ""
        return f"check the address and the credentials{where}"
    elsewhere = "; AWS_ENDPOINT_URL is the address of a store that is not Amazon's" if s3 else ""
    return f"check the address{' and the network' if problem.passing else ''}{elsewhere}"


def _status(error: BaseException) -> int | None:
    """The status of the server's answer, where boto, aiohttp, requests and gcsfs have it."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        places = [(response, "status_code"), (error, "status"), (error, "code")]
        # One by one: that aiohttp's `code` is asked for is worth a warning to aiohttp.
        status = next((found for place, name in places if (found := getattr(place, name, None)) is not None), None)
    # gcsfs has it as text at times; an exception may have a `code` that is something else.
    return int(status) if str(status).isdecimal() and 300 <= int(status) < 600 else None


def _detail(error: BaseException, status: int) -> str:
    """The code in an answer of S3, otherwise the usual words for the status."""
    response = getattr(error, "response", None)
    code = str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
    if code and not code.isdecimal():
        return code
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else "unknown"


def _pause(error: BaseException) -> float | None:
    """Seconds of a Retry-After header; one with a date is ignored."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    else:
        headers = getattr(error, "headers", None) or {}
    seconds = str(headers.get("Retry-After") or headers.get("retry-after") or "")
    return float(seconds) if seconds.isdecimal() else None


def _is_damage(error: BaseException) -> bool:
    """True for pyarrow's complaint about the content of a file: those of the network have a number or a type."""
    return type(error) is OSError and error.errno is None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
