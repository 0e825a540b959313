"""Pictures in uncompressed tar files, of this machine or behind a URL, which are read where they stand."""

import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from formats.sources.fetch import is_url, listing_errors, read_range, reading_errors
from formats.sources.listing import Listing
from formats.sources.picture import File, Version
from formats.sources.random_access import Opened, open_at
from formats.sources.remote import RemoteFile
from stages.common.errors import UserError
from stages.common.picture_names import as_text
from stages.common.pictures import UnreadablePicture
from stages.common.terminal import printable

SUFFIX = ".tar"
# Commands that decompress a tar file, with the endings of its name and its first bytes.
COMPRESSED = {
    "gzip -dk": ((".tar.gz", ".tgz"), b"\x1f\x8b"),
    "bzip2 -dk": ((".tar.bz2", ".tbz2", ".tbz"), b"BZh"),
    "xz -dk": ((".tar.xz", ".txz"), b"\xfd7zXZ\0"),
    "zstd -dk": ((".tar.zst", ".tzst"), b"\x28\xb5\x2f\xfd"),
}
# First bytes of a file that tell its compression.
MAGIC = 8
# Bytes behind the end mark that are looked at: tar files that were joined go on there.
BEHIND = 1 << 20
# A local file has been replaced if one of these parts of its version differs: its size and the time of its change.
CHECKED = 2


@dataclass(frozen=True, slots=True)
class TarMember:
    """A picture in a tar file; its text is that of the tar file, a slash, and its name in there.

    Attributes:
        offset: place of its first byte in the tar file.
        archive_version: of the tar file when it was searched.
    """

    archive: str
    member: str
    offset: int
    size: int
    archive_version: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.archive}/{self.member}"

    @property
    def name(self) -> str:
        return RemoteFile(str(self)).name if is_url(self.archive) else as_text(Path(str(self)))

    def version(self) -> Version | None:
        return [*self.archive_version, self.offset, self.size]

    def read(self) -> bytes:
        """The bytes of the picture file.

        Raises:
            Unreachable: the tar file is behind a URL, and the network or the server is at fault.
            UnreadablePicture: the tar file has been removed, replaced or cut off since it was searched.
        """
        with reading_errors():
            if is_url(self.archive):
                return read_range(self.archive, self.offset, self.offset + self.size)
            return self._read_local()

    def _read_local(self) -> bytes:
        now = File(self.archive).version()
        if now is None or tuple(now[:CHECKED]) != self.archive_version[:CHECKED]:
            raise UnreadablePicture(f"{printable(self.archive)} was replaced meanwhile" if now else "no such tar file")
        with Path(self.archive).open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


def is_tar(place: str) -> bool:
    """True for the name of a tar file, also of a compressed one, which `find` refuses."""
    suffixes = (SUFFIX, *(suffix for names, _ in COMPRESSED.values() for suffix in names))
    if is_url(place):
        # Behind the path may stand a signature.
        return urlsplit(place).path.lower().endswith(suffixes)
    return place.lower().endswith(suffixes) and not Path(place).is_dir()


def find(place: str) -> Iterator[TarMember]:
    """The pictures in a tar file, in its order; of members with the same name the last one, as tar unpacks them.

    Hidden and other members are reported as those of a folder are, and so is the place where a damaged file ends.

    Raises:
        UserError: there is no such file, it is compressed or no tar file, it cannot be reached, or has no pictures.
    """
    opened = open_at(place)
    with opened.file, listing_errors(place):
        _refuse_compressed(place, opened.file.read(MAGIC))
        opened.file.seek(0)
        index = _Index(place, opened)
    version = tuple(opened.version)
    for member, (offset, size) in index.places.items():
        yield TarMember(place, member, offset, size, version)


def _refuse_compressed(place: str, first: bytes) -> None:
    for command, (endings, magic) in COMPRESSED.items():
        if first.startswith(magic):
            what = "" if place.lower().endswith(endings) else ", whatever its name says"
            raise UserError(
                f"{printable(place)}: a compressed tar file{what}, in which no picture can be read by itself; "
                f"{'download and ' if is_url(place) else ''}decompress it (`{command} FILE`) and give the .tar"
            )


class _Index:
    """The places of the pictures in a tar file, by name: offset and size; made by one pass over the headers.

    What is not read is named on stderr.
    """

    def __init__(self, place: str, opened: Opened) -> None:
        self.places: dict[str, tuple[int, int]] = {}
        self._place, self._opened, self._listing = place, opened, Listing()
        # Number of members with the suffix of a picture by the reason for leaving them out, and the first of them.
        self._left_out: dict[str, tuple[int, str]] = {}
        end = self._read_headers()
        for reason, (count, first) in self._left_out.items():
            self._report(f"{count:,} {reason}, the first is {first}")
        if end:
            self._report(end)
        self._listing.report(place, len(self.places))

    def _read_headers(self) -> str | None:
        """Enter the pictures; what is wrong with the end of the file, if anything."""
        try:
            archive = tarfile.open(fileobj=self._opened.file, mode="r:")  # noqa: SIM115 - holds nothing of its own
        except tarfile.ReadError as error:
            raise UserError(
                f"{printable(self._place)}: no tar file, or its start is damaged ({error}); write or download it again"
            ) from None
        try:
            while (member := archive.next()) is not None:
                # `archive` keeps every header otherwise: a gigabyte for a million members.
                archive.members.clear()  # type: ignore[attr-defined]
                if member.isreg() and not member.issparse() and member.offset_data + member.size > self._opened.size:
                    return f"cut off in {member.name}: this member and what followed it are missing; download it again"
                self._enter(member)
        except tarfile.ReadError:
            pass  # the last header that could be read says where
        return self._end(archive.offset)

    def _enter(self, member: tarfile.TarInfo) -> None:
        name = _normal(member.name)
        if member.isdir() or not self._listing.is_picture(name):
            return
        found: tuple[int, int] | None = (member.offset_data, member.size)
        reason = ""
        if member.islnk():
            # A hard link: the same file under a second name, which comes later.
            found, reason = self.places.get(_normal(member.linkname)), "links to what is no picture not read"
        elif member.issym():
            found, reason = None, "symbolic links not read"
        elif not member.isreg() or member.issparse():
            found, reason = None, "devices, pipes or sparse files not read"
        if found is None:
            self._leave_out(reason, name)
            return
        if self.places.pop(name, None):
            self._leave_out("members replaced by later ones of the same name", name)
        self.places[name] = found

    def _leave_out(self, reason: str, name: str) -> None:
        count, first = self._left_out.get(reason, (0, name))
        self._left_out[reason] = (count + 1, first)

    def _end(self, offset: int) -> str | None:
        """What is wrong with the file from `offset` on, where no header is."""
        self._opened.file.seek(offset)
        mark = self._opened.file.read(tarfile.BLOCKSIZE)
        if len(mark) < tarfile.BLOCKSIZE:
            return f"ends at byte {self._opened.size:,} without an end mark, so that members may be missing"
        if mark.strip(b"\0"):
            return f"damaged at byte {offset:,}; the members from there on are not read; download it again"
        if self._opened.file.read(BEHIND).strip(b"\0"):
            return f"data behind its end mark, at byte {offset:,}, is not read; give joined tar files one by one"
        return None

    def _report(self, text: str) -> None:
        print(f"{printable(self._place)}: {printable(text)}", file=sys.stderr)


def _normal(name: str) -> str:
    """The path of a member as tar unpacks it: `./a.jpg` and `/a.jpg` are `a.jpg`."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))
