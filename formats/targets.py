"""Addresses of pictures in files that are published: what an annotation is about, and the picture itself."""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from formats.sources.fetch import is_url
from formats.sources.picture import File, Picture
from formats.sources.remote import RemoteFile
from stages.common.pictures import dimensions

# Characters of a path that stand for themselves in a URL.
PLAIN = "/:@!$&'()*+,;=~"


class Target(NamedTuple):
    """What a caption is about; the fields are as in `MachineCaption`."""

    target: str
    manifest: str | None
    image: str
    width: int
    height: int


def target_of(picture: Picture, folder: Path, base: str | None) -> Target:
    """The target of a picture.

    Args:
        folder: of the file that is written; paths of pictures start there, so that the two can move together.
        base: the address under which the folder will be published; without it, files have relative addresses.

    Raises:
        UnreadablePicture: its size is needed, and it cannot be read any more.
    """
    canvas = picture.canvas if isinstance(picture, RemoteFile) else None
    image = address(picture, folder, base)
    if canvas:
        return Target(canvas.address, canvas.manifest, image, canvas.width, canvas.height)
    width, height = dimensions(picture.read())
    return Target(image, None, image, width, height)


def address(picture: Picture, folder: Path, base: str | None) -> str:
    """The address of a picture, or its path from `folder`, percent-encoded."""
    if is_url(str(picture)):
        return picture.name
    place = relative(Path(picture.path if isinstance(picture, File) else str(picture)), folder)
    return place if base is None else urljoin(base.rstrip("/") + "/", place)


def relative(path: Path, folder: Path) -> str:
    """A path from `folder`, percent-encoded."""
    encoded = quote(os.fsencode(Path(os.path.relpath(path, folder)).as_posix()), safe=PLAIN)
    # The first part of a relative address may not look like the scheme of a URL.
    return f"./{encoded}" if ":" in encoded.split("/")[0] else encoded


def moved(address: str, there: Path, here: Path) -> str:
    """A relative address from the folder `here`, as it is from `there`; others stay as they are."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path or there.resolve() == here.resolve():
        return address
    return relative(here.resolve() / unquote(parts.path, errors="surrogateescape"), there.resolve())
