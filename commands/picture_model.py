"""Anything that says something about pictures, captions or emotions: how commands use it, and how it is fed."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import islice
from threading import BoundedSemaphore
from typing import Any, NamedTuple, Protocol, TypeVar

from commands.spent import BETWEEN, DECODE, READ, WAIT, Spent
from formats.answers import Answer, Results
from formats.picture_lists import Request
from formats.sources.fetch import Unreachable
from formats.sources.picture import Version
from stages.common.pictures import UnreadablePicture
from stages.common.processes import threads

R = TypeVar("R")
# Threads that wait for pictures of slow disks and networks.
READERS = 16


class Content(NamedTuple):
    """A picture that has been read; `version` as in `Taken`."""

    request: Request
    version: Version | None
    file: bytes


class Taken(NamedTuple):
    """A picture that has been read and decoded.

    Attributes:
        version: as from `Picture.version`, before it was read.
        digest: SHA-256 of the file, from which the random numbers of sampling are derived.
        picture: as the model takes it.
    """

    request: Request
    version: Version | None
    digest: str
    picture: Any


class PictureModel(Protocol):
    """Answers requests about pictures, and says what its answers depend on.

    Attributes:
        name: as a person gave it.
        results: what is written about a picture.
        decoder: makes of a file's bytes what the model takes, or raises UnreadablePicture. It needs no network, and can
            be sent to another process.
        batch: pictures to answer at once.
    """

    @property
    def name(self) -> str: ...

    @property
    def results(self) -> Results: ...

    @property
    def decoder(self) -> Callable[[bytes], Any]: ...

    @property
    def batch(self) -> int: ...

    @property
    def metadata(self) -> Mapping[str, str] | None:
        """Metadata of Parquet files."""

    def settings(self) -> dict[str, Any]:
        """What the answers depend on besides the pictures, for the manifest of a folder."""

    def answer(self, pictures: Sequence[Taken], spent: Spent) -> Iterator[Answer]:
        """The answers about at least one picture, in order; the time of its parts is added to `spent`."""


def answers(model: PictureModel, requests: Iterable[Request], spent: Spent) -> Iterator[Answer]:
    """The answers in order; pictures are read in threads, a batch ahead of the model.

    There they are decoded, too, at most as many at once as this process may use cores. One that has a single core
    decodes between the batches: threads that hand it to each other would lose time on a busy machine.
    """
    cores = threads()
    pool = ThreadPoolExecutor(READERS)
    try:
        taken: Iterator[Taken | Answer]
        if cores == 1:
            contents = _ahead(pool, partial(read, spent), requests, model.batch, spent)
            taken = (decode(model.decoder, content, spent, BETWEEN) for content in contents)
        else:
            decoding = BoundedSemaphore(cores)
            taken = _ahead(pool, partial(take, model.decoder, decoding, spent), requests, model.batch, spent)
        while batch := list(islice(taken, model.batch)):
            yield from answer(model, batch, spent)
    finally:
        pool.shutdown(cancel_futures=True)


def read(spent: Spent, request: Request) -> Content | Answer:
    """Read a picture; the answer if it is unreadable."""
    version = request.picture.version()
    try:
        with spent(READ):
            return Content(request, version, request.picture.read())
    except UnreadablePicture as problem:
        return Answer(request.picture, str(problem), version=version, unreachable=isinstance(problem, Unreachable))


def decode(
    decoder: Callable[[bytes], Any], content: Content | Answer, spent: Spent, part: str = DECODE
) -> Taken | Answer:
    """Decode what `read` returned; the answer if it is unreadable."""
    if isinstance(content, Answer):
        return content
    request, version, file = content
    try:
        with spent(part):
            picture = decoder(file)
    except UnreadablePicture as problem:
        return Answer(request.picture, str(problem), version=version)
    return Taken(request, version, hashlib.sha256(file).hexdigest(), picture)


def take(
    decoder: Callable[[bytes], Any], decoding: AbstractContextManager[Any], spent: Spent, request: Request
) -> Taken | Answer:
    """Read and decode a picture; the answer if it is unreadable.

    Args:
        decoding: held while it is decoded.
    """
    content = read(spent, request)
    with decoding:
        return decode(decoder, content, spent)


def answer(model: PictureModel, batch: Sequence[Taken | Answer], spent: Spent) -> Iterator[Answer]:
    """The answers about what `take` returned, in order."""
    readable = [each for each in batch if isinstance(each, Taken)]
    answered = model.answer(readable, spent) if readable else iter(())
    for each in batch:
        if isinstance(each, Answer):
            yield each
        else:
            yield replace(next(answered), version=each.version)


def _ahead(
    pool: ThreadPoolExecutor, call: Callable[[Request], R], requests: Iterable[Request], count: int, spent: Spent
) -> Iterator[R]:
    """The results of `call` in order, of which so many are computed ahead; the time of waiting is added to `spent`."""
    remaining = iter(requests)
    futures = deque(pool.submit(call, request) for request in islice(remaining, count))
    while futures:
        first = futures.popleft()
        futures.extend(pool.submit(call, request) for request in islice(remaining, 1))
        with spent(WAIT):
            result = first.result()
        yield result
