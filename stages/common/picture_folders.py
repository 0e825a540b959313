"""Pictures in a folder and its subfolders, in the same way for every stage and command.

Links to folders are followed, each folder once: real folders come before links, and a link to a folder that contains
the link is a cycle. Hidden files and folders (`._a.jpg` and `.DS_Store` of macOS) and what systems add are no pictures.
"""

import os
import stat
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Suffixes, in lower case, of the files that are read; each file's content tells its format.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")
# Suffixes of other pictures, which a person may expect to be read.
UNREAD = (
    *(".jfif", ".jpe", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".eps", ".psd", ".psb", ".xcf", ".tga"),
    *(".exr", ".hdr", ".ppm", ".pgm", ".dng", ".raw", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"),
)
# Files and folders, in lower case, of Windows, macOS and Synology's stations.
OF_SYSTEMS = ("thumbs.db", "desktop.ini", "__macosx", "@eadir")


@dataclass
class Search:
    """What a folder holds; paths are relative to it, with forward slashes."""

    # Files with one of SUFFIXES, sorted; links that lead nowhere are among them.
    pictures: list[str] = field(default_factory=list)
    # Folders that cannot be read, and links without a suffix that lead nowhere, with the reason.
    unreadable: dict[str, str] = field(default_factory=dict)
    # Number of other files by suffix.
    others: Counter[str] = field(default_factory=Counter)
    # Hidden files with one of SUFFIXES, and hidden folders.
    hidden: list[str] = field(default_factory=list)
    # What is passed over for another reason, such as a link to a folder that contains it.
    passed_over: dict[str, str] = field(default_factory=dict)

    def notes(self, kinds: Iterable[str] | None = None) -> Iterator[str]:
        """One sentence for each sort of things that are not read, without the unreadable ones.

        Args:
            kinds: the suffixes to name among the other files; by default all.
        """
        counts = {kind: count for kind, count in self.others.most_common() if kinds is None or kind in kinds}
        if counts:
            listed = ", ".join(f"{count:,} {kind or 'without a suffix'}" for kind, count in counts.items())
            number = sum(counts.values())
            noun = "file of another kind" if number == 1 else "files of other kinds"
            yield f"{number:,} {noun} not read ({listed}); pictures are {', '.join(SUFFIXES)}"
        if self.hidden:
            yield f"{len(self.hidden):,} hidden not read, the first is {self.hidden[0]}"
        yield from (f"{path}: {reason}" for path, reason in self.passed_over.items())


def search(folder: Path) -> Search:
    """Search a folder; one that does not exist is empty."""
    return _Searcher(folder).search()


class _Searcher:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found = Search()
        # The path under which each real folder has been searched.
        self._searched: dict[str, str] = {}
        self._links: deque[str] = deque()

    def search(self) -> Search:
        self._walk(self._folder)
        while self._links:
            link = self._links.popleft()
            if not self._is_repeated(link):
                self._walk(self._folder / link)
        self._found.pictures.sort()
        return self._found

    def _walk(self, top: Path) -> None:
        """Search the real folders of a tree; links among them are kept for later."""
        for parent, folders, files in os.walk(top, onerror=self._fail):
            here = Path(parent)
            if here != top and self._is_repeated(self._name(here)):
                folders.clear()
                continue
            self._searched[os.path.realpath(parent)] = self._name(here)
            visible = sorted(name for name in folders if not self._is_hidden(here / name, picture=True))
            folders[:] = [name for name in visible if not (here / name).is_symlink()]
            self._links.extend(self._name(here / name) for name in visible if name not in folders)
            for name in sorted(files):
                self._sort(here / name)

    def _sort(self, file: Path) -> None:
        suffix = file.suffix.lower()
        if self._is_hidden(file, picture=suffix in SUFFIXES):
            return
        name, mode = self._name(file), _mode(file)
        if mode is not None and not stat.S_ISREG(mode):
            # Reading a pipe would wait for its writer.
            self._found.passed_over[name] = "neither a file nor a folder; not read"
        elif suffix in SUFFIXES:
            self._found.pictures.append(name)
        elif mode is None:
            # Without a suffix, it may have led to a folder of pictures.
            lost = self._found.passed_over if suffix else self._found.unreadable
            lost[name] = "a link that leads nowhere; correct or remove it"
        else:
            self._found.others[suffix] += 1

    def _is_hidden(self, path: Path, picture: bool) -> bool:
        hidden = path.name.startswith(".") or path.name.lower() in OF_SYSTEMS
        if hidden and picture and path.name.lower() not in OF_SYSTEMS:
            self._found.hidden.append(self._name(path))
        return hidden

    def _is_repeated(self, path: str) -> bool:
        """True for a folder that has been searched, or whose link is inside of it."""
        real = os.path.realpath(self._folder / path)
        inside = os.path.realpath((self._folder / path).parent)
        if os.path.commonpath([real, inside]) == real:
            self._found.passed_over[path] = "a link to a folder that contains it; not followed"
        elif real in self._searched:
            self._found.passed_over[path] = f"the same folder as {self._searched[real]}; not searched again"
        else:
            return False
        return True

    def _fail(self, error: OSError) -> None:
        path = Path(error.filename)
        if path != self._folder or path.exists():
            self._found.unreadable[self._name(path)] = f"not searched: {(error.strerror or 'unknown error').lower()}"

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()


def _mode(file: Path) -> int | None:
    """The mode of a file, through links; None if it cannot be found."""
    try:
        return file.stat().st_mode
    except OSError:
        return None
