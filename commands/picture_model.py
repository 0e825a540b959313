"""Anything that says something about pictures, captions or emotions: how commands use it, and how it is fed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Protocol

from formats.answers import Answer, Results
from formats.picture_lists import Request
from stages.common.processes import usable_cores

# Reads and decodes a picture: the picture as the model takes it, or the reason why it is unreadable. It needs no
# network, and can be sent to another process.
Reader = Callable[[Request], Any]


class PictureModel(Protocol):
    """Answers requests about pictures, and says what its answers depend on.

    Attributes:
        name: as a person gave it.
        results: what is written about a picture.
        reader: what turns requests into the pictures that `answer` takes.
        batch: pictures to answer at once.
    """

    @property
    def name(self) -> str: ...

    @property
    def results(self) -> Results: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def batch(self) -> int: ...

    @property
    def metadata(self) -> Mapping[str, str] | None:
        """Metadata of Parquet files."""

    def settings(self) -> dict[str, Any]:
        """What the answers depend on besides the pictures, for the manifest of a folder."""

    def answer(self, pictures: Sequence[Any]) -> Iterator[Answer]:
        """The answers about pictures, in order."""


def answers(model: PictureModel, requests: Sequence[Request]) -> Iterator[Answer]:
    """The answers in order, a batch at a time; pictures are decoded in threads as they are needed."""
    remaining = iter(requests)
    with ThreadPoolExecutor(usable_cores()) as pool:
        while batch := list(islice(remaining, model.batch)):
            decoded = list(pool.map(model.reader, batch))
            answered = model.answer([picture for picture in decoded if not isinstance(picture, str)])
            for request, picture in zip(batch, decoded, strict=True):
                yield Answer(request.picture, picture) if isinstance(picture, str) else next(answered)
