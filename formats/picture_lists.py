"""Pictures that a person names: files, folders, archives, URLs, and lists with an emotion for each picture."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from formats.sources import iiif, parquet, remote, tar
from formats.sources.fetch import HTTP, is_url, protocol, require
from formats.sources.picture import File, Picture
from formats.sources.remote import RemoteFile
from stages.common.errors import UserError
from stages.common.picture_folders import SUFFIXES, UNREAD, search
from stages.common.picture_names import URI, from_text
from stages.common.table_reader import TABLES, read
from stages.common.table_rows import Column
from stages.common.terminal import printable

# Columns of a list; the second names are those of ArtEmis.
PICTURE, EMOTION = Column("picture", ("image_file",)), Column("emotion", ("grounding_emotion",), required=False)
# Exit code of a command that left out some of the pictures it was given.
SOME_LEFT_OUT = 2


class Request(NamedTuple):
    """A picture that a model shall be asked about.

    Attributes:
        emotion: what its captions shall express, if the person says so: an emotion, `all` or `none`.
        place: the row of a list that asks for it, such as `list.csv, line 3`.
        shares: what its captions shall express instead of one emotion: shares of all emotions of the speaker (E,),
            which sum to 1.
    """

    picture: Picture
    emotion: str | None = None
    place: str | None = None
    shares: tuple[float, ...] | None = None


def requests(places: Iterable[str | os.PathLike[str]], cache: str | None = None) -> Iterator[Request]:
    """The pictures among `places`, and those in what holds several, in order.

    Args:
        places: files, folders, lists, tar files, Parquet files with pictures, IIIF manifests; or URLs of such, but of
            lists.
        cache: a folder that keeps pictures behind URLs.

    Raises:
        UserError: one holds no picture, or cannot be read.
    """
    for place in (os.fspath(given) for given in places):
        if tar.is_tar(place):
            yield from map(Request, tar.find(place))
        elif holds_pictures(place):
            rows = parquet.find(place)
            yield from (Request(picture, emotion, f"{place}, row {picture.row}") for picture, emotion in rows)
        elif _may_be_manifest(place) and iiif.is_iiif(place):
            yield from map(Request, iiif.find(place, cache))
        elif is_url(place):
            if _is_table(_name(place)):
                raise UserError(f"{printable(place)}: a list behind a URL; download it, and give the file")
            yield from map(Request, remote.find(place, cache))
        elif is_list(Path(place)):
            yield from _listed(Path(place), cache)
        else:
            yield from (Request(File(str(path))) for path in find([Path(place)]))


def holds_pictures(place: str) -> bool:
    """True for a Parquet file with the bytes of pictures; one that is not there counts as a list."""
    if not _name(place).endswith(parquet.SUFFIX) or not (is_url(place) or is_file(Path(place))):
        return False
    return parquet.has_pictures(place)


def _may_be_manifest(place: str) -> bool:
    # The addresses of many manifests end in /manifest: only the content tells.
    name = _name(place)
    is_page = protocol(place) in HTTP and not name.endswith("/") and not PurePosixPath(name).suffix
    return name.endswith(".json") or is_page


def _name(place: str) -> str:
    """The path of a URL, without what may follow it (`?signature=...`), or of a file; in lower case."""
    return (urlsplit(place).path if is_url(place) else place).lower()


def _is_table(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(TABLES)


def is_list(place: Path) -> bool:
    """True for the name of a table, even if there is none: it is no picture."""
    return _is_table(place.name) and not is_folder(place)


def _listed(file: Path, cache: str | None) -> Iterator[Request]:
    """The pictures in a list; a relative path starts at the list's folder."""
    empty = True
    for row in read(file, (PICTURE, EMOTION)):
        empty = False
        emotion = (row.optional_text(EMOTION.name) or "").strip()
        picture = _picture(row.text(PICTURE.name), file.parent, cache)
        yield Request(picture, emotion or None, f"{file}, {row.place}")
    if empty:
        raise UserError(f"{printable(file)}: lists no pictures; expected a row for each below the names of the columns")


def _picture(text: str, folder: Path, cache: str | None) -> Picture:
    """The picture of a list's row: behind a URL, or a file."""
    if is_url(text) and not text.startswith(URI):
        _require_protocol(protocol(text))
        return RemoteFile(text, (), cache)
    return File(str(folder / from_text(text)))


@lru_cache
def _require_protocol(name: str) -> None:
    require(f"{name}://")


def find(places: Iterable[Path]) -> Iterator[Path]:
    """The files among `places`, and the pictures in the folders among them, sorted.

    What a folder holds besides is named on stderr if it is, or may be, a picture. Subfolders that cannot be read are
    among the files, so that they are counted as left out.

    Raises:
        UserError: a folder without a picture.
    """
    for place in places:
        # `Path.is_dir` raises an error for a name that is too long.
        if not is_folder(place):
            yield place
            continue
        found = search(place)
        notes = list(found.notes(UNREAD))
        paths = [*found.pictures, *found.unreadable]
        if not paths:
            raise UserError(
                "; ".join([f"{printable(place)}: no picture in this folder ({', '.join(SUFFIXES)})", *notes])
            )
        for note in notes:
            print(f"{place}: {note}", file=sys.stderr)
        yield from sorted(place / path for path in paths)


def is_folder(place: Path) -> bool:
    """As `Path.is_dir`, but False for a name that is too long."""
    with suppress(OSError):
        return place.is_dir()
    return False


def is_file(place: Path) -> bool:
    """As `Path.is_file`, but False for a name that is too long."""
    with suppress(OSError):
        return place.is_file()
    return False
