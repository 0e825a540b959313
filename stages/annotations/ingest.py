"""Reading a stranger's CSV: every record becomes an annotation or a reject with a reason, none disappears."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stages.common.emotions import EMOTIONS, IDS
from stages.common.errors import UserError

REQUIRED = ("art_style", "painting", "emotion", "utterance")
# What fits into the table's 32 bits.
COUNT = re.compile("[0-9]{1,9}")


@dataclass(frozen=True)
class Annotation:
    """One annotator's emotion and utterance; `record` counts the data records of the CSV from 1."""

    record: int
    art_style: str
    painting: str
    emotion: str
    utterance: str
    repetition: int | None


@dataclass(frozen=True)
class Reject:
    """A record that cannot be used, as it stood, and why."""

    record: int
    reason: str
    row: str


def read_csv(path: Path) -> Iterator[Annotation | Reject]:
    """Yield each data record of the CSV at `path` in order.

    Bytes that are not UTF-8 are kept as surrogates while parsing, so that one bad
    character costs one row and not the file. Nothing is taken for a missing
    value: `null` and `nan` are words.

    Raises:
        UserError: the file is empty, lacks a required column or is no CSV from some line on.
    """
    # Utterances may be longer than the 131,072 characters that csv allows by default.
    csv.field_size_limit(1 << 24)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        records = csv.reader(file)
        header = next(records, None)
        if header is None:
            raise UserError(f"{path}: the file is empty; expected a CSV with the columns {', '.join(REQUIRED)}")
        if missing := [name for name in REQUIRED if name not in header]:
            raise UserError(f"{path}: no column {', '.join(missing)}; found {', '.join(header)}")
        try:
            yield from _records(header, records)
        except csv.Error as error:
            raise UserError(f"{path}: no CSV from line {records.line_num:,} on: {error}; mend it there") from None


def _records(header: list[str], records: Iterable[list[str]]) -> Iterator[Annotation | Reject]:
    places = [header.index(name) for name in REQUIRED]
    repetition_place = header.index("repetition") if "repetition" in header else None
    for number, fields in enumerate(records, start=1):
        if len(fields) != len(header):
            reason = f"{len(fields)} fields where the header has {len(header)}"
        else:
            art_style, painting, emotion, utterance = (fields[place] for place in places)
            repetition = fields[repetition_place] if repetition_place is not None else None
            reason = why_not(art_style, painting, emotion, utterance, repetition)
        if reason:
            row = ",".join(fields).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            yield Reject(number, reason, row)
        else:
            count = int(repetition) if repetition is not None else None
            yield Annotation(number, art_style, painting, emotion, utterance, count)


def why_not(art_style: str, painting: str, emotion: str, utterance: str, repetition: str | None) -> str:
    """Why a record cannot be used, or the empty string."""
    texts = (art_style, painting, emotion, utterance)
    if any("\udc80" <= letter <= "\udcff" for text in texts for letter in text):
        return "malformed UTF-8"
    if emotion not in IDS:
        return f"unknown emotion {emotion!r}; known are {', '.join(EMOTIONS)}"
    if not utterance.strip():
        return "empty utterance"
    for name, value in (("art_style", art_style), ("painting", painting)):
        if not value:
            return f"empty {name}"
        if value in (".", "..") or any(letter in value for letter in "/\\\0"):
            return f"{name} {value!r} would leave the picture folder"
    if repetition is not None and not COUNT.fullmatch(repetition):
        return f"repetition {repetition!r} is not a count"
    return ""
