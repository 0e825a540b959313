"""A file of this machine or behind a URL, open for reading at any place."""

import io
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from formats.sources.fetch import file_system, is_url, listing_errors, read_range, retried
from formats.sources.picture import File, Version
from formats.sources.remote import details
from stages.common.errors import UserError
from stages.common.terminal import printable

# Bytes of a remote file that are read at once.
BLOCK = 1 << 22


class Opened(NamedTuple):
    """An open file, to be closed by its user, and the version that it had."""

    file: BinaryIO
    size: int
    version: Version


def open_at(place: str) -> Opened:
    """Open a file for reading.

    Raises:
        UserError: there is no such file, or it or its server cannot be reached.
    """
    if is_url(place):
        with listing_errors(place):
            system, path = file_system(place)
            info = retried(lambda: system.info(path))
            if not isinstance(info.get("size"), int) or info.get("partial") is False:
                raise UserError(f"{printable(place)}: the server does not send parts of files; download it first")
            file = io.BufferedReader(RemoteBytes(place, info["size"]), BLOCK)
            return Opened(file, info["size"], list(details(info)))
    version = File(place).version()
    if version and not Path(place).is_file():
        raise UserError(f"{printable(place)}: a folder, a pipe or a device; expected a file")
    try:
        local = open(place, "rb")  # noqa: SIM115, PTH123 - the user closes it; any name of a file
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UserError(f"{printable(place)}: cannot be opened: {reason}; correct the name") from None
    size = local.seek(0, io.SEEK_END)
    local.seek(0)
    return Opened(local, size, version or [])


class RemoteBytes(io.RawIOBase):
    """A file behind a URL; each read is a request, with retries.

    The files that fsspec opens try only once.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size, self._place = url, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        end = min(self._size, self._place + len(view))
        if end <= self._place:
            return 0
        content = read_range(self._url, self._place, end)
        view[: len(content)] = content
        self._place = end
        return len(content)
