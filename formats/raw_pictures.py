"""The pictures of a data set that is imported: links to files, or files with the bytes that an importer hands in."""

import hashlib
import io
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from stages.common.errors import UserError
from stages.common.picture_folders import SUFFIXES
from stages.common.pictures import UnreadablePicture, picture_errors

# Suffix of a file with such bytes, by Pillow's name of their format; MPO is a JPEG of several pictures.
SUFFIX_OF = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "TIFF": ".tif",
    "BMP": ".bmp",
    "GIF": ".gif",
}


class Fault(NamedTuple):
    """Why something is left out: a reason that many share, and the details of this one."""

    reason: str
    details: str = ""


class RawPictures:
    """A folder `<art_style>/<painting><suffix>` to fill, with one picture for each artwork."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # By artwork, the file that its picture links to, or the digest of the bytes that were written; and the place
        # of the row that brought it.
        self._contents: dict[tuple[str, str], tuple[Path | bytes, str]] = {}

    def __len__(self) -> int:
        return len(self._contents)

    def add(self, place: str, artwork: tuple[str, str], picture: Path | bytes) -> Fault | None:
        """Link or write the picture of an artwork, unless it has it; returns why it cannot be its picture.

        Args:
            place: of the row in the source.
            artwork: style and painting, both fit for the names of files.

        Raises:
            UserError: the artwork has another file.
        """
        content = picture if isinstance(picture, Path) else hashlib.sha256(picture).digest()
        known, first = self._contents.get(artwork, (None, ""))
        if known == content:
            return None
        name = "/".join(artwork)
        if known and isinstance(picture, Path):
            raise UserError(f"{place}: two files for the artwork {name}: {known!s} and {picture}; rename one of them")
        if known:
            return Fault("other picture of the same artwork", f"{name}, first in {first}")
        try:
            suffix = picture.suffix if isinstance(picture, Path) else _suffix(picture)
        except UnreadablePicture as problem:
            return Fault("unreadable picture", str(problem))
        if suffix.lower() not in SUFFIXES:
            return Fault("picture of a kind that is not read", suffix)
        self._make(self.folder / f"{name}{suffix}", picture)
        self._contents[artwork] = content, place
        return None

    def _make(self, path: Path, picture: Path | bytes) -> None:
        path.parent.mkdir(exist_ok=True)
        if isinstance(picture, Path):
            path.symlink_to(picture.resolve())
        else:
            with path.open("xb") as file:
                file.write(picture)


def _suffix(content: bytes) -> str:
    """The suffix of a file with these bytes.

    Raises:
        UnreadablePicture: they are no picture.
    """
    with picture_errors(content), Image.open(io.BytesIO(content)) as image:
        kind = image.format or ""
    return SUFFIX_OF.get(kind, f".{kind.lower()}")
