"""A data set of data/raw/ while an importer fills it: rows, pictures, and what is left out and why.

It is written to a hidden folder beside its own, which it gets when all is there: a killed import leaves no half data
set, and the next one begins anew.
"""

import csv
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from formats import dataset_card
from formats.dataset_card import ENGLISH, Card
from formats.raw_pictures import Fault, RawPictures
from stages.annotations.ingest import OUTSIDE
from stages.annotations.metadata import write_missing
from stages.common import inventory
from stages.common.errors import UserError
from stages.common.files import CORRECTABLE
from stages.common.language import subtag
from stages.common.locks import exclusive
from stages.common.params import EMBEDDED
from stages.common.picture_folders import OF_SYSTEMS
from stages.common.text_files import is_utf8, shown
from stages.common.unicode_text import is_blank
from stages.utterances.resource_files import FOLDER as RESOURCES
from stages.utterances.splits import SPLITS

RAW = RESOURCES.parent
# As `dataset` in params.yaml, but not hidden.
NAME = re.compile(r"[\w-][\w.-]*")
# Other names of the splits.
OTHER_PARTS = {"training": "train", "validation": "val", "valid": "val", "dev": "val", "testing": "test"}
# Bytes that the name of a folder, or of a file without its suffix, may have.
LONGEST = 250
ROWS, LEFT_OUT = "annotations.csv", "left_out.tsv"


class Annotation(NamedTuple):
    """A row of annotations.csv; `emotion` and `split` are None where the source gives none."""

    art_style: str
    painting: str
    utterance: str
    emotion: str | None = None
    split: str | None = None


def new_folder(name: str) -> Path:
    """The folder of a new data set, checked before any work; nothing is made yet.

    Raises:
        UserError: the name is not allowed or taken.
    """
    if not NAME.fullmatch(name):
        raise UserError(f"{shown(name)} is no name of a data set; allowed: letters, digits, and _ - . within")
    folder = RAW / name
    if name in (EMBEDDED, RESOURCES.name):
        raise UserError(f"{folder} belongs to the study itself; choose another name")
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise UserError(f"{folder} is there already; choose another name, or remove it")
    return folder


def safe_name(text: str) -> str:
    """`text` as the name of a file or folder that stays where it is put, and is searched for pictures."""
    name = re.sub(r"[/\\\0]", "_", text)
    if name.startswith("."):
        return f"_{name[1:]}"
    return f"_{name}" if name.lower() in OF_SYSTEMS else name


def split_of(text: str) -> str | None:
    """The part of a split (train, val, test or rest) by one of its names; None for another text."""
    name = text.strip().lower()
    part = OTHER_PARTS.get(name, name)
    return part if part in SPLITS else None


@contextmanager
def filling(folder: Path, card: Card, *, emotions: bool, splits: bool) -> Iterator["RawDataSet"]:
    """A data set to fill; it is complete and in its place when the block ends without an error.

    Args:
        folder: from `new_folder`.
        emotions: the source has emotions; a row without one is left out.
        splits: the source has a split; a row may have none.

    Raises:
        UserError: no row was kept, another import writes to the folder, or it cannot be written. Nothing is kept.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    with exclusive(folder.with_name(f".{folder.name}.lock"), f"an import to {folder} is running"):
        shutil.rmtree(partial, ignore_errors=True)
        try:
            (partial / "images").mkdir(parents=True)
            with _new(partial / ROWS) as rows, _new(partial / LEFT_OUT) as left_out:
                data_set = RawDataSet(folder, partial, card, emotions, splits, rows, left_out)
                yield data_set
            data_set.complete()
            partial.rename(folder)
        except OSError as error:
            # That of a failed link names the target first.
            path = error.filename2 or error.filename or partial
            if error.errno not in CORRECTABLE or not str(path).startswith(str(partial)):
                raise
            reason = CORRECTABLE[error.errno]
            raise UserError(f"{folder} cannot be written: {reason}; nothing of it was kept") from None
        finally:
            shutil.rmtree(partial, ignore_errors=True)


class RawDataSet:
    """A data set to fill, from `filling`.

    Every row that an importer reads goes to `add` or, if the importer cannot use it, to `leave_out`: the summary counts
    both.
    """

    def __init__(
        self,
        folder: Path,
        partial: Path,
        card: Card,
        emotions: bool,
        splits: bool,
        rows: IO[str],
        left_out: IO[str],
    ) -> None:
        self.folder, self._partial, self._card = folder, partial, card
        self._emotions, self._splits = emotions, splits
        self._rows, self._left_out = _writer(rows, ","), _writer(left_out, "\t")
        self._pictures = RawPictures(partial / "images")
        self._kept = self._unreadable = self._without_split = 0
        # Reasons by kind, row or file.
        self._faults: dict[str, Counter[str]] = {"row": Counter(), "file": Counter()}
        self._first_fault = ""
        self._write("art_style", "painting", "utterance", "emotion", "split")
        self._left_out.writerow(("place", "reason", "details"))

    def add(self, place: str, row: Annotation, picture: Path | bytes | None) -> None:
        """Keep a row and its artwork's picture, or record why they are left out.

        Args:
            place: of the row in the source, such as `captions.json, annotations[7]`.
            picture: a file, to which a link is made, or the bytes of one, which are written once; None for an artwork
                without a picture, whose rows are kept.

        Raises:
            UserError: an emotion or split that is not allowed, or a second file for the artwork.
        """
        emotion, split = (row.emotion or "").strip(), (row.split or "").strip()
        part = split_of(split) if split else ""
        if part is None:
            raise UserError(f"{place}: split {shown(split)}; expected one of {', '.join(SPLITS)}, or none")
        if emotion and emotion not in self._card.labels:
            dataset_card.require_known([emotion], self._card, place)
        fault = self._fault(row, emotion)
        if not fault and picture is not None:
            fault = self._pictures.add(place, (row.art_style, row.painting), picture)
        if fault:
            self.leave_out(place, *fault)
            return
        self._write(row.art_style, row.painting, row.utterance, emotion, part)
        self._kept += 1
        self._without_split += not part

    def beside(self, name: str) -> Path:
        """Path of a further file of the data set, to be written before it is complete."""
        return self._partial / name

    def leave_out(self, place: str, reason: str, details: str = "", *, kind: str = "row") -> None:
        """Record a row that is left out; or a file, by its `kind`: the summary counts them apart.

        Args:
            reason: a few words, shared with other rows.
        """
        self._faults[kind][reason] += 1
        if kind == "row" and not self._first_fault:
            self._first_fault = f"{place}: {reason}" + (f" ({details})" if details else "")
        self._left_out.writerow((place, reason, details))

    def _write(self, art_style: str, painting: str, utterance: str, emotion: str, split: str) -> None:
        self._rows.writerow([art_style, painting, *[emotion] * self._emotions, utterance, *[split] * self._splits])

    def _fault(self, row: Annotation, emotion: str) -> Fault | None:
        if not is_utf8(f"{row.art_style}{row.painting}{row.utterance}"):
            return Fault("not UTF-8", shown(row.utterance))
        if is_blank(row.utterance):
            return Fault("empty caption")
        for column, name in (("art_style", row.art_style), ("painting", row.painting)):
            if not name or OUTSIDE.match(name) or name != safe_name(name) or len(name.encode()) > LONGEST:
                return Fault(f"{column} that is no file name", shown(name))
        return Fault("no emotion") if self._emotions and not emotion else None

    def complete(self) -> None:
        """Write what belongs to a data set beside rows and pictures.

        Raises:
            UserError: no row was kept.
        """
        if not self._kept:
            raise UserError(f"no row can be used ({_listed(self._faults['row'])}); the first is {self._first_fault}")
        dataset_card.write(self._card.values(self.folder.name), self._partial)
        write_missing(self._partial)
        pictures = inventory.scan(self._pictures.folder)
        inventory.save(pictures, self._partial / "images.tsv")
        self._unreadable = sum(picture.problem is not None for picture in pictures)

    def summary(self) -> str:
        """Rows in, kept, and left out by reason; and what to run next."""
        rows, files = self._faults["row"], self._faults["file"]
        parts = [f"{self._kept + rows.total():,} rows in, {self._kept:,} kept", f"{len(self._pictures):,} pictures"]
        parts += [f"{self._unreadable:,} of them unreadable"] if self._unreadable else []
        parts += [f"{rows.total():,} rows left out ({_listed(rows)})"] if rows else []
        parts += [f"{files.total():,} files left out ({_listed(files)})"] if files else []
        parts += [f"see {self.folder / LEFT_OUT}"] if rows or files else []
        settings = [f"dataset={self.folder.name}"]
        if self._splits and not self._without_split:
            settings += ["utterances.split_by=given", "utterances.high_coverage=0"]
        if subtag(self._card.language) != ENGLISH:
            settings += ["utterances.rules=plain", "utterances.spell_check=false"]
        if self._splits and self._without_split:
            parts.append(f"{self._without_split:,} rows have no split, so that of the others cannot be used")
        options = " ".join(f"-S {setting}" for setting in settings)
        return f"{self.folder}: {', '.join(parts)}\nnext: dvc exp run {options} annotations"


def _new(path: Path) -> IO[str]:
    # Names of files need not be UTF-8.
    return path.open("x", encoding="utf-8", errors="backslashreplace", newline="")


def _writer(file: IO[str], separator: str) -> Any:
    # Quotes around all: names and texts with separators, quotes and any line ends survive.
    return csv.writer(file, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)


def _listed(faults: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in faults.most_common()) or "there is none"
