"""Files of GloVe vectors (Pennington et al., 2014): plain, gzipped, or in a zip archive.

A line has a word and its numbers, separated by spaces. A few words of the 840B release hold spaces themselves
(`. . .`), which no word of a vocabulary does.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from stages.common.errors import UserError, advising
from stages.common.text_files import GZIP, ZIP, first_bytes, is_utf8
from stages.utterances.vocabulary import PAD

NEEDED = "text_classifier.lstm.glove is a file of GloVe vectors, such as glove.6B.100d.txt or glove.6B.zip, or none"
# Raised by damaged archives, and by those that are encrypted or packed in an unusual way.
DAMAGED = (BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def glove_vectors(file: Path, words: Sequence[str], size: int, seed: int) -> tuple[np.ndarray, int]:
    """Vectors float32 (words, `size`) from a GloVe file, and the number of words that it has.

    As in ArtEmis, words that the file lacks, the special ones too, get random vectors from N(0, 1), and
    <pad> gets zeros.

    Raises:
        UserError: the file does not exist, or has a word without a vector of `size` numbers.
    """
    vectors = np.random.default_rng(seed).standard_normal((len(words), size), np.float32)
    vectors[PAD] = 0
    ids = {word: index for index, word in enumerate(words)}
    known: set[int] = set()
    with advising(NEEDED):
        for number, line in lines(file, size):
            word, _, rest = line.partition(" ")
            if (index := ids.get(word)) is None:
                continue
            numbers = rest.split()
            if len(numbers) > size and not _is_number(numbers[0]):
                continue  # a longer word that begins with this one and a space
            vectors[index] = _vector(numbers, size, f"{file}, line {number:,}")
            known.add(index)
    return vectors, len(known)


def glove_words(file: Path) -> list[str]:
    """The words of a GloVe file, with or without their vectors.

    Raises:
        UserError: as in `lines`.
    """
    return [word for word in (_word(line) for _, line in lines(file)) if word]


def lines(file: Path, size: int | None = None) -> Iterator[tuple[int, str]]:
    """Number and text of each line; lines that are not UTF-8 are left out and counted on stderr.

    Args:
        size: of the vectors; it chooses the file of an archive that has several, as glove.6B.zip.

    Raises:
        UserError: there is no such file, or it is damaged.
    """
    foreign: list[int] = []
    with _opened(file, size) as text:
        for number, line in enumerate(text, start=1):
            if is_utf8(line):
                yield number, line.rstrip("\r\n ")
            else:
                foreign.append(number)
    if foreign:
        count = f"{len(foreign):,} lines are not UTF-8 and left out, the first is line {foreign[0]:,}"
        print(f"{file}: {count}; save the file as UTF-8 if it should have these words", file=sys.stderr)


@contextmanager
def _opened(file: Path, size: int | None) -> Iterator[IO[str]]:
    magic = first_bytes(file, zipped=True)
    try:
        with ExitStack() as stack:
            stream: Any
            if magic == ZIP:
                archive = stack.enter_context(ZipFile(file))
                stream = stack.enter_context(archive.open(_member(archive, file, size)))
            elif magic.startswith(GZIP):
                stream = stack.enter_context(gzip.open(file))
            else:
                stream = stack.enter_context(file.open("rb"))
            # Words hold other characters at which Python ends a line.
            yield io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="\n")
    except DAMAGED as error:
        raise UserError(f"{file}: incomplete or damaged archive ({error}); download it again, or unpack it") from None


def _member(archive: ZipFile, file: Path, size: int | None) -> str:
    """The only file of an archive, or the one with vectors of this size; for words alone, any."""
    names = sorted(name for name in archive.namelist() if name.endswith(".txt") and not name.startswith("__MACOSX"))
    fitting = names if len(names) == 1 or size is None else [name for name in names if f".{size}d." in name]
    if not fitting:
        raise UserError(f"{file}: has {', '.join(names) or 'no .txt file'}; unpack it and name the file to be read")
    return fitting[0]


def _word(line: str) -> str:
    word, _, rest = line.partition(" ")
    if not rest or _is_number(rest.partition(" ")[0]):
        return word
    *others, last = rest.split(" ")
    while others and _is_number(last):
        last = others.pop()
    return " ".join([word, *others, last])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _vector(numbers: list[str], size: int, where: str) -> np.ndarray:
    try:
        vector = np.array(numbers, np.float32)
    except ValueError:
        vector = np.full(1, np.nan)
    if not np.isfinite(vector).all():
        raise UserError(f"{where}: no vector; each line of a GloVe file is a word and its numbers")
    if len(vector) != size:
        raise UserError(
            f"{where}: a vector of {len(vector)} numbers, but text_classifier.lstm.embedding is {size}; "
            f"set it to {len(vector)} or choose another file"
        )
    return vector
