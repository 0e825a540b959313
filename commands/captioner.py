"""What captions loose pictures, a trained speaker or a vision-language model, as `captioning` uses it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from formats.answers import Answer
from formats.picture_lists import Request
from stages.common.processes import usable_cores

P = TypeVar("P")


class Captioner(Protocol):
    """Captions pictures, and says what its captions depend on."""

    @property
    def emotions(self) -> Sequence[str]:
        """The emotions that a caption can be conditioned on."""

    @property
    def metadata(self) -> Mapping[str, str] | None:
        """Metadata of Parquet files."""

    def settings(self) -> dict[str, Any]:
        """What the captions depend on besides the pictures, for the note of a folder."""

    def answers(self, requests: Sequence[Request]) -> Iterator[Answer]:
        """The answers in order, computed a batch at a time."""

    def save_page(self, answers: Iterable[Answer], path: Path) -> None:
        """Write the answers as an HTML page."""


def in_batches(
    requests: Sequence[Request],
    decode: Callable[[Request], P | str],
    caption: Callable[[Sequence[P]], Iterable[Answer]],
    size: int,
) -> Iterator[Answer]:
    """The answers in order, a batch at a time; pictures are decoded in threads as they are needed.

    Args:
        decode: the picture, or the reason why it is unreadable.
        caption: the answers about decoded pictures.
        size: pictures in a batch.
    """
    remaining = iter(requests)
    with ThreadPoolExecutor(usable_cores()) as pool:
        while batch := list(islice(remaining, size)):
            decoded = list(pool.map(decode, batch))
            captioned = iter(caption([picture for picture in decoded if not isinstance(picture, str)]))
            for request, picture in zip(batch, decoded, strict=True):
                yield Answer(request.path, picture) if isinstance(picture, str) else next(captioned)
