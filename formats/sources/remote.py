"""Pictures behind URLs: single ones, and those below a prefix of an object store or in a folder of a server."""

import html
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from fsspec.asyn import AsyncFileSystem
from fsspec.spec import AbstractFileSystem

from formats.sources.faults import Kind, fault
from formats.sources.fetch import HTTP, file_system, listing_errors, protocol, read, retried
from formats.sources.listing import Listing
from formats.sources.picture import Version
from formats.sources.picture_cache import cached
from stages.common.text_files import is_utf8

# What tells a file from its former content, in the words of the file systems; the first one that is there counts.
MARKS = (
    *("ETag", "etag", "md5Hash", "Content-MD5", "content_md5", "blob_id", "checksum"),
    *("LastModified", "Last-Modified", "last_modified", "updated", "mtime", "modified", "created"),
)
# The type of a folder that cannot be listed.
UNREADABLE = "unreadable"


class Canvas(NamedTuple):
    """The canvas of an IIIF manifest that a picture is painted on: their addresses, and its size."""

    address: str
    manifest: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A picture behind a URL.

    Attributes:
        details: its size and its ETag or time of change when it was listed; empty if nobody asked, and then it is taken
            for unchanged.
        cache: a folder that keeps what has been read.
        canvas: that of the manifest that names it, if one does and gives an address and a size.
    """

    url: str
    details: tuple[int | str, ...] = ()
    cache: str | None = None
    canvas: Canvas | None = None

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        return self.url if is_utf8(self.url) else quote(os.fsencode(self.url), safe="/:")

    def version(self) -> Version | None:
        return list(self.details)

    def read(self) -> bytes:
        """The bytes of the picture file.

        Raises:
            Unreachable: the network, the server or the credentials are at fault.
            UnreadablePicture: there is no such file.
        """
        if self.cache is None:
            return read(self.url)
        return cached(self.cache, self.url, self.details, lambda: read(self.url))


def find(url: str, cache: str | None = None) -> Iterator[RemoteFile]:
    """The picture behind a URL, or all pictures below it, sorted.

    A URL of a web server is a folder if it ends in a slash; its page lists the pictures. One that ends in the suffix of
    a picture is a picture even if there is none: reading it says so.

    Raises:
        UserError: the bucket or the server cannot be reached or refuses, or there are no pictures.
    """
    with listing_errors(url):
        system, path = file_system(url, listing=True)
        single = _single(system, path, url)
        if single is not None:
            yield RemoteFile(url, single, cache)
            return
        listing = Listing()
        pictures = sorted(_pictures(system, path, cache, listing), key=str)
        # The listing of a million files takes a gigabyte.
        system.invalidate_cache()
    listing.report(url, len(pictures))
    yield from pictures


def details(info: Mapping[str, Any]) -> tuple[int | str, ...]:
    """The size of a file and what tells it from its former content, as far as its file system says."""
    mark = next((info[name] for name in MARKS if info.get(name)), None)
    return tuple(
        value if isinstance(value, int) else str(value) for value in (info.get("size"), mark) if value is not None
    )


def _single(system: Any, path: str, url: str) -> tuple[int | str, ...] | None:
    """Details of the only picture that a URL is; None for a folder."""
    is_http = protocol(url) in HTTP
    if url.endswith("/") or not (is_http or Listing().is_picture(path.rsplit("/", 1)[-1])):
        return None
    try:
        info = retried(lambda: system.info(path))
    except Exception as error:
        # Reading the picture will tell why the server refuses it.
        if fault(error).kind is Kind.ABSENT or (is_http and fault(error).answered):
            return ()
        raise
    return details(info) if info["type"] == "file" else None


def _pictures(system: Any, path: str, cache: str | None, listing: Listing) -> Iterator[RemoteFile]:
    infos = system.find(path, detail=True).values() if _lists_all_at_once(system) else _walk(system, path, listing)
    for info in infos:
        name = html.unescape(info["name"]) if protocol(info["name"]) in HTTP else info["name"]
        relative = name[len(path) :].lstrip("/")
        # Tools mark the folders of a bucket by empty files whose names end in a slash.
        if name.endswith("/") and info["type"] == "file":
            continue
        # A person named a file without a suffix, if the listing has the place itself.
        if not relative or info["type"] == UNREADABLE or listing.is_picture(relative):
            yield RemoteFile(system.unstrip_protocol(name), details(info), cache)


def _lists_all_at_once(system: Any) -> bool:
    """True for an object store, which lists the files below a prefix whatever slashes are in their names."""
    if system.async_impl:
        return type(system)._find is not AsyncFileSystem._find
    return type(system).find is not AbstractFileSystem.find


def _walk(system: Any, top: str, listing: Listing) -> Iterator[Mapping[str, Any]]:
    """Files of a folder and its subfolders, and the subfolders that cannot be read, so that they are counted.

    The method `find` of fsspec passes over subfolders that cannot be read.
    """
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            infos = retried(lambda folder=folder: system.ls(folder, detail=True))  # type: ignore[misc]
        except Exception as error:
            if folder == top or fault(error).passing:
                raise
            yield {"name": folder, "type": UNREADABLE}
            continue
        for info in infos:
            if info.get("islink") and system.isdir(info["name"]):
                listing.found.passed_over[info["name"]] = "a link to a folder; not followed"
            elif info["type"] == "directory":
                folders.append(info["name"])
            else:
                yield info
