"""Small pictures in review sheets."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import Image

from formats.machine_captions import Reviewed
from stages.common.pictures import UnreadablePicture, read_bytes, upright

# Given a row, the bytes of a JPEG of its picture; None if there is none to show.
Thumbnail = Callable[[Reviewed], bytes | None]
# Longest side in pixels, and the quality of the JPEG: about 10 kB.
SIDE, QUALITY = 280, 75


def jpeg(file: bytes) -> bytes:
    """A picture file as a JPEG of at most `SIDE` pixels a side.

    Raises:
        UnreadablePicture: it is none.
    """
    picture = upright(file)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=QUALITY, optimize=True)
    return encoded.getvalue()


def of_files(folder: Path) -> Thumbnail:
    """Thumbnails of rows whose targets are paths from `folder`, while the files are those that had captions."""

    def thumbnail(row: Reviewed) -> bytes | None:
        address = urlsplit(row.caption.target)
        if address.scheme or address.netloc or not address.path:
            return None
        try:
            file = read_bytes(folder / unquote(address.path, errors="surrogateescape"))
            return jpeg(file) if hashlib.sha256(file).hexdigest() == row.caption.digest else None
        except UnreadablePicture:
            return None

    return thumbnail
