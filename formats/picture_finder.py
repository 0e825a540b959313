"""The pictures of a folder, found by the names that a file of captions gives them."""

import posixpath
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path, PurePosixPath

from formats.raw_pictures import Fault
from stages.common.errors import UserError
from stages.common.picture_folders import SUFFIXES, search

# Parts in front of a path that name no folder.
ROOTS = ("/", "//", "..")


class Finder:
    """The pictures below a folder; no name leads to a file outside of it.

    A name is a path below the folder, in any spelling of Unicode and with slashes of either kind. Folders in front,
    as in the absolute path of another machine, may lead to the folder. A name without folders may be that of the only
    such file in any subfolder.

    Raises:
        UserError: there is no such folder, or no picture in it.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UserError(f"{folder}: there is no such folder; expected the folder of the pictures")
        found = search(folder)
        if not found.pictures:
            fault = f"{folder}: no picture in this folder ({', '.join(SUFFIXES)})"
            raise UserError("; ".join([fault, *found.notes()]))
        for note in (*found.notes(), *(f"{path}: {reason}" for path, reason in found.unreadable.items())):
            print(f"{folder}: {note}", file=sys.stderr)
        self.folder, self.paths = folder, found.pictures
        self._paths = set(self.paths)
        self._composed, self._named = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for path in self.paths:
            self._composed[_composed(path)].append(path)
            self._named[_composed(posixpath.basename(path))].append(path)
        # The folders in front of a path, in the first name that led to it.
        self._outer: dict[str, tuple[str, ...]] = {}

    def find(self, name: str) -> str | Fault:
        """The path of a picture below the folder, or why there is none.

        Raises:
            UserError: another name, with other folders, has led to the same picture.
        """
        parts: tuple[str, ...] = ()
        for spelling in dict.fromkeys((name, name.replace("\\", "/"))):
            parts = tuple(part for part in PurePosixPath(posixpath.normpath(spelling)).parts if part not in ROOTS)
            for start in range(len(parts)):
                if (path := self._below("/".join(parts[start:]))) is not None:
                    self._require_one_name(path, name, parts[:start])
                    return path
        same = self._named.get(_composed(parts[0]), []) if len(parts) == 1 else []
        if len(same) == 1:
            return same[0]
        return Fault("several pictures of this name", " and ".join(same)) if same else Fault("no such picture", name)

    def _below(self, path: str) -> str | None:
        if path in self._paths:
            return path
        same = self._composed.get(_composed(path), [])
        return same[0] if len(same) == 1 else None

    def _require_one_name(self, path: str, name: str, outer: tuple[str, ...]) -> None:
        first = self._outer.setdefault(path, outer)
        if first != outer:
            raise UserError(
                f"{self.folder / path} is the only picture for two names, {'/'.join((*first, path))} and {name}; give "
                "the folder in which these are two files"
            )


def _composed(path: str) -> str:
    return unicodedata.normalize("NFC", path)
