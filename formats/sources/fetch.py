"""Bytes behind URLs, with retries: s3://, gs://, https:// and every other protocol that fsspec knows.

fsspec keeps one object per process for each file system, and runs all its requests in one thread; any number of threads
may ask. After a fork, the child makes objects of its own.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import SystemRandom
from typing import Any, TypeVar
from urllib.parse import quote

import fsspec

from formats.sources.faults import advice, fault
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture
from stages.common.terminal import printable

T = TypeVar("T")
URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.ASCII | re.IGNORECASE)
HTTP, S3 = ("http", "https"), ("s3", "s3a")
# Seconds between the tries of a request, each more or less by half; a server may ask for a longer pause.
PAUSES = (0.5, 1.0, 2.0)
LONGEST_PAUSE = 60.0
# Seconds to wait for a connection, and for the next bytes.
CONNECT, ANSWER = 5, 30
# Requests that may be under way at once; the default of S3's client is 10.
CONNECTIONS = 64
# Tries for each page of a bucket's listing: a listing of a million pictures should not start again.
PAGE_TRIES = 3


class Unreachable(UnreadablePicture):
    """The network, the server or all credentials fail at the moment: others there will fail, too."""


def is_url(place: str) -> bool:
    return URL.match(place) is not None


def protocol(url: str) -> str:
    return url.partition("://")[0].lower()


def file_system(url: str, *, listing: bool = False) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Args:
        listing: retry each request of S3's client; what is read has the retries of this module.

    Raises:
        ImportError: a package is missing.
        ValueError: fsspec does not know the protocol.
    """
    kind: Any = fsspec.get_filesystem_class(protocol(url))
    # Not `fsspec.core.url_to_fs`, which takes "::" in a name for a chain of file systems.
    options = {**_options(protocol(url), listing), **kind._get_kwargs_from_urls(url)}
    path = _quoted(url) if protocol(url) in HTTP else kind._strip_protocol(url)
    system = kind(**options)
    if protocol(url) in S3:
        # s3fs has retries of its own, around those of its client.
        system.retries = 1
    return system, path


def _options(name: str, listing: bool) -> dict[str, Any]:
    if name in HTTP:
        import aiohttp  # takes a tenth of a second, which only those who need it shall spend

        # Museums' servers refuse clients without a name; a compressed answer would have other ranges.
        headers = {"User-Agent": "artemis-dvc", "Accept-Encoding": "identity"}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=ANSWER)
        # trust_env: use the proxy that the environment names, as S3's client does.
        return {"encoded": True, "client_kwargs": {"headers": headers, "timeout": timeout, "trust_env": True}}
    if name in S3:
        retries = {"mode": "standard", "total_max_attempts": PAGE_TRIES if listing else 1}
        times = {"connect_timeout": CONNECT, "read_timeout": ANSWER}
        return {"config_kwargs": {"retries": retries, "max_pool_connections": CONNECTIONS, **times}}
    return {}


def _quoted(url: str) -> str:
    """Quote what a URL must not have, such as spaces; what is quoted stays as it is: `%3A` and `:` may differ."""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")


def read(url: str) -> bytes:
    """The bytes of a file.

    Raises:
        Unreachable: the network, the server or the credentials are at fault, after four tries.
        UnreadablePicture: there is no such file, or the server refuses to send it.
    """
    # Otherwise s3fs asks for the size first, to divide large files among requests.
    undivided = {"max_concurrency": 1} if protocol(url) in S3 else {}

    def content() -> bytes:
        system, path = file_system(url)
        return system.cat_file(path, **undivided)

    with reading_errors():
        return retried(content)


def read_range(url: str, start: int, end: int) -> bytes:
    """The bytes of a file from `start` to before `end`, with the exceptions of its file system.

    Raises:
        ValueError: the server sends fewer, or the whole file.
    """
    if start == end:
        return b""

    def content() -> bytes:
        system, path = file_system(url)
        return system.cat_file(path, start=start, end=end)

    found = retried(content)
    if len(found) != end - start:
        raise ValueError(f"the server sends {len(found):,} bytes for {end - start:,}; download the file first")
    return found


def retried(call: Callable[[], T]) -> T:
    """The result of `call`, tried again after a pause if its error is one that can pass."""
    for pause in PAUSES:
        try:
            return call()
        except Exception as error:
            found = fault(error)
            if not found.passing:
                raise
        # Not `random` itself, whose state belongs to the experiments.
        wait = found.pause if found.pause is not None else pause * SystemRandom().uniform(0.5, 1.5)
        time.sleep(min(wait, LONGEST_PAUSE))
    return call()


@contextmanager
def reading_errors() -> Iterator[None]:
    """Turn the exceptions of file systems into UnreadablePicture, or Unreachable."""
    try:
        yield
    except (UnreadablePicture, MemoryError):
        raise
    except Exception as error:  # each file system has its own
        found = fault(error)
        raise (Unreachable if found.at_server else UnreadablePicture)(found.reason) from None


@contextmanager
def listing_errors(url: str) -> Iterator[None]:
    """Turn the exceptions of file systems into a UserError that names the URL and says what to do."""
    try:
        yield
    except (UserError, MemoryError):
        raise
    except ImportError as error:
        raise UserError(
            f"{printable(url)}: a package for {protocol(url)}:// is missing ({error}); "
            "install this project's extra object-stores (make EXTRAS=object-stores check)"
        ) from None
    except Exception as error:  # each file system has its own
        found = fault(error)
        raise UserError(f"{printable(url)}: {found.reason}; {advice(found, protocol(url))}") from None


def require(url: str) -> None:
    """Check that pictures behind `url` can be asked for, without asking.

    Raises:
        UserError: fsspec does not know the protocol, or a package is missing.
    """
    with listing_errors(url):
        file_system(url)
