"""Validate raw records: each becomes an annotation or a reject with a reason."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stages.annotations.tables import ANNOTATIONS, REJECTS
from stages.common.emotions import EMOTIONS, IDS
from stages.common.errors import UserError

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


BATCH = 1 << 16
TEXTS = ["art_style", "painting", "emotion", "utterance"]
STAGED = pa.schema(
    [
        ("record", pa.int64()),
        *((name, pa.string()) for name in TEXTS),
        ("repetition", pa.int32()),
        ("artwork", pa.int32()),
    ]
)


@dataclass
class Census:
    """Artworks are numbered in the order in which they appear."""

    records: int = 0
    artworks: dict[tuple[str, str], int] = field(default_factory=dict)
    counts: Counter[int] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    hashes: list[np.ndarray] = field(default_factory=list)
    # What the source says of each artwork's number of annotations, and where it says two things.
    repetitions: dict[int, int] = field(default_factory=dict)
    disagreeing: set[int] = field(default_factory=set)

    def count(self, annotations: Sequence[Annotation]) -> list[int]:
        """Take a batch into account; returns the number of each row's artwork."""
        numbers = [self.artworks.setdefault(row[1:3], len(self.artworks)) for row in annotations]
        self.counts.update(numbers)
        for number, row in zip(numbers, annotations, strict=True):
            if row.repetition is not None and self.repetitions.setdefault(number, row.repetition) != row.repetition:
                self.disagreeing.add(number)
        self.hashes.append(np.fromiter(map(hash, (row[1:5] for row in annotations)), np.int64, len(annotations)))
        return numbers

    def per_artwork(self) -> np.ndarray:
        """Annotations of each artwork, int32."""
        return np.array([self.counts[number] for number in range(len(self.artworks))], dtype=np.int32)

    def chosen(self, wanted: int, seed: int) -> np.ndarray:
        """Which artworks are in a random subset of `wanted`, bool; the order of the rows does not matter. 0: all."""
        keep = np.full(len(self.artworks), wanted == 0)
        numbers = np.array([self.artworks[artwork] for artwork in sorted(self.artworks)])
        keep[np.random.default_rng(seed).permutation(numbers)[:wanted]] = True
        return keep


def stage(
    records: Iterable[Annotation | Reject], file: IO[bytes], rejects: pq.ParquetWriter, *, strict: Path | None = None
) -> Census:
    """Write the annotations among `records` to `file`, and the others to `rejects`.

    Raises:
        UserError: with `strict`, the name of the source, at the first reject that nobody asked for.
    """
    census = Census()
    rows = iter(records)
    with pa.ipc.new_file(file, STAGED) as staged:
        while batch := list(islice(rows, BATCH)):
            census.records += len(batch)
            kept = [row for row in batch if isinstance(row, Annotation)]
            bad = [row for row in batch if isinstance(row, Reject)]
            faults = [row for row in bad if row.kind != "excluded"]
            if strict and faults:
                raise UserError(f"{strict}: record {faults[0].record}: {faults[0].reason} (annotations.strict)")
            census.rejects.update(row.kind for row in bad)
            if bad:
                rejects.write_table(pa.Table.from_pydict(_columns(bad, REJECTS.names), schema=REJECTS))
            if kept:
                columns = _columns(kept, STAGED.names[:-1]) | {"artwork": census.count(kept)}
                staged.write_batch(pa.RecordBatch.from_pydict(columns, schema=STAGED))
    return census


def _columns(rows: Sequence[tuple[object, ...]], names: Sequence[str]) -> dict[str, Sequence[object]]:
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def annotations(file: IO[bytes], census: Census, chosen: np.ndarray, pictured: np.ndarray) -> Iterator[pa.Table]:
    """The staged rows of the `chosen` artworks as parts of the table of annotations.

    Args:
        chosen, pictured: whether an artwork is wanted, and whether it has a picture; bool of shape (artworks,).
    """
    counts = census.per_artwork()
    values, times = np.unique(np.concatenate(census.hashes), return_counts=True)
    recurring = values[times > 1]
    seen: set[tuple[str, ...]] = set()
    file.seek(0)
    with pa.ipc.open_file(file) as staged:
        for number, hashes in enumerate(census.hashes):
            rows = pa.Table.from_batches([staged.get_batch(number)])
            artwork = rows["artwork"].to_numpy()
            duplicate = _duplicates(rows, np.isin(hashes, recurring), seen)
            rows = rows.append_column("has_picture", pa.array(pictured[artwork]))
            rows = rows.append_column("duplicate", pa.array(duplicate))
            if rows["repetition"].null_count:
                place = rows.schema.get_field_index("repetition")
                rows = rows.set_column(place, "repetition", pa.array(counts[artwork]))
            rows = rows.filter(pa.array(chosen[artwork]))
            if rows.num_rows:
                yield rows.select(ANNOTATIONS.names).cast(ANNOTATIONS)


def _duplicates(rows: pa.Table, suspects: np.ndarray, seen: set[tuple[str, ...]]) -> np.ndarray:
    """Which rows repeat an earlier one, bool; hashes only say where to look, so that the answer is exact."""
    duplicate = np.zeros(len(suspects), dtype=bool)
    places = np.flatnonzero(suspects)
    texts = zip(*(rows[name].take(places).to_pylist() for name in TEXTS), strict=True)
    for place, text in zip(places, texts, strict=True):
        duplicate[place] = text in seen
        seen.add(text)
    return duplicate
