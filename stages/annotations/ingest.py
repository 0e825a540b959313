"""Judging a stranger's records: each becomes an annotation or a reject with a reason, none disappears."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from stages.common.emotions import EMOTIONS, IDS

REQUIRED = ("art_style", "painting", "emotion", "utterance")
# What fits into the table's 32 bits.
COUNT = re.compile("[0-9]{1,9}")
OUTSIDE = re.compile(r"\.\.?\Z|.*[/\\\0]", re.DOTALL)
# Every kind of reject, as the metrics count them.
KINDS = (
    *("unknown_emotion", "empty_utterance", "malformed_utf8", "column_count", "quoting", "empty_name"),
    *("leaves_picture_folder", "repetition", "excluded"),
)


class Annotation(NamedTuple):
    """One annotator's emotion and utterance; `record` counts the data records of the file from 1."""

    record: int
    art_style: str
    painting: str
    emotion: str
    utterance: str
    repetition: int | None


class Reject(NamedTuple):
    """A record that cannot be used, as it stood, and why; `kind` is one of KINDS."""

    record: int
    kind: str
    reason: str
    row: str


class Unparsed(NamedTuple):
    """A record of a CSV that is no row of fields, as it stood."""

    reason: str
    row: str


Row = list[str] | Unparsed
# From a record number, and its artwork where that can be told, to the reason for taking it down, if any.
Excluded = Callable[[int, tuple[str, str] | None], str | None]


def judge(header: list[str], rows: Iterable[Row], excluded: Excluded | None = None) -> Iterator[Annotation | Reject]:
    """Each of `rows` in order as an annotation or a reject.

    Nothing is taken for a missing value: `null` and `nan` are words. Of a record
    that was taken down not even the row is kept.
    """
    style, painting, emotion, utterance = (header.index(name) for name in REQUIRED)
    count = header.index("repetition") if "repetition" in header else None
    for number, row in enumerate(rows, start=1):
        if excluded and (why := excluded(number, _artwork(row, style, painting))):
            yield Reject(number, "excluded", f"excluded: {why}", "")
        elif isinstance(row, Unparsed):
            yield Reject(number, "quoting", row.reason, _printable(row.row))
        elif len(row) != len(header):
            reason = f"{len(row)} fields where the header has {len(header)}"
            yield Reject(number, "column_count", reason, _printable(",".join(row)))
        else:
            repetition = row[count] if count is not None else None
            if fault := why_not(row[style], row[painting], row[emotion], row[utterance], repetition):
                yield Reject(number, *fault, _printable(",".join(row)))
            else:
                times = int(repetition) if repetition is not None else None
                yield Annotation(number, row[style], row[painting], row[emotion], row[utterance], times)


def why_not(
    art_style: str, painting: str, emotion: str, utterance: str, repetition: str | None
) -> tuple[str, str] | None:
    """Why a record cannot be used, as kind and reason."""
    if not _is_text(f"{art_style}{painting}{emotion}{utterance}"):
        return "malformed_utf8", "malformed UTF-8"
    if emotion not in IDS:
        return "unknown_emotion", f"unknown emotion {emotion!r}; known are {', '.join(EMOTIONS)}"
    if not utterance or utterance.isspace():
        return "empty_utterance", "empty utterance"
    for name, value in (("art_style", art_style), ("painting", painting)):
        if not value:
            return "empty_name", f"empty {name}"
        if OUTSIDE.match(value):
            return "leaves_picture_folder", f"{name} {value!r} would leave the picture folder"
    if repetition is not None and not COUNT.fullmatch(repetition):
        return "repetition", f"repetition {repetition!r} is not a count"
    return None


def _is_text(text: str) -> bool:
    """Whether no byte of `text` had to be kept as a surrogate."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _artwork(row: Row, style: int, painting: int) -> tuple[str, str] | None:
    """The artwork that a row is about, also where it has too many or too few fields."""
    return None if isinstance(row, Unparsed) or len(row) <= max(style, painting) else (row[style], row[painting])


def _printable(row: str) -> str:
    return row.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
