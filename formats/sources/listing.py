"""Pictures among names that are no local files, such as keys of a bucket or members of a tar file: as in a folder."""

import sys
from pathlib import PurePosixPath

from stages.common.errors import UserError
from stages.common.picture_folders import OF_SYSTEMS, SUFFIXES, UNREAD, Search
from stages.common.terminal import printable

# Other kinds of files that are reported: pictures that are not read, and files that hold pictures but are not opened.
REPORTED = (*UNREAD, ".tar", ".parquet", ".zip")


class Listing:
    """Sorts names by the rules of picture_folders: hidden ones and what systems add are no pictures."""

    def __init__(self) -> None:
        self.found = Search()
        self._hidden_folders: set[str] = set()

    def is_picture(self, name: str) -> bool:
        """True for a file to be read; others are counted.

        Args:
            name: of a file, with forward slashes, relative to the place that is listed.
        """
        parts = name.split("/")
        suffix = PurePosixPath(parts[-1]).suffix.lower()
        for depth, part in enumerate(parts, start=1):
            if part.lower() in OF_SYSTEMS:
                return False
            if part.startswith("."):
                self._hide("/".join(parts[:depth]), is_folder=depth < len(parts), suffix=suffix)
                return False
        if suffix not in SUFFIXES:
            self.found.others[suffix] += 1
            return False
        return True

    def _hide(self, name: str, is_folder: bool, suffix: str) -> None:
        if is_folder and name not in self._hidden_folders:
            self._hidden_folders.add(name)
            self.found.hidden.append(name)
        elif not is_folder and suffix in SUFFIXES:
            self.found.hidden.append(name)

    def report(self, place: str, pictures: int) -> None:
        """Name on stderr what is, or may be, a picture and is not read.

        Raises:
            UserError: there are no pictures.
        """
        notes = list(self.found.notes(REPORTED))
        if not pictures:
            raise UserError("; ".join([f"{printable(place)}: no picture there ({', '.join(SUFFIXES)})", *notes]))
        for note in notes:
            print(f"{printable(place)}: {printable(note)}", file=sys.stderr)
