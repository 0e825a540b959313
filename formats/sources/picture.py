"""A picture wherever it is: how it is named in results, whether it has changed, and its bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from stages.common.picture_names import as_text
from stages.common.pictures import read_bytes

# What tells a picture that has been replaced from the former one, as JSON has it.
Version = list[int | str]


class Picture(Protocol):
    """A picture that can be read at any time, in any process; its text is the name that a person gave it."""

    @property
    def name(self) -> str:
        """The name in tables and pages, UTF-8 in any case."""

    def version(self) -> Version | None:
        """Equal as long as the picture has not been replaced; None if it is no longer there."""

    def read(self) -> bytes:
        """The bytes of the picture file.

        Raises:
            UnreadablePicture: they cannot be had.
        """


@dataclass(frozen=True, slots=True)
class File:
    """A file of this machine."""

    path: str

    def __str__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        return as_text(Path(self.path))

    def version(self) -> Version | None:
        """Its size, and the times of its change and of its status' change in nanoseconds."""
        try:
            status = Path(self.path).stat()
        except (OSError, ValueError):
            return None
        return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]

    def read(self) -> bytes:
        return read_bytes(Path(self.path))
