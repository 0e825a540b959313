"""Ingest raw records in two passes, so that memory does not grow with the number of annotations.

The first pass validates each record: it becomes an annotation, written to a temporary Arrow file, or a reject with a
reason. The second adds the columns that depend on the whole table: the number of annotations of the artwork, and
whether a row repeats an earlier one.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stages.annotations.tables import ANNOTATIONS, REJECTS
from stages.common.emotions import Emotions
from stages.common.errors import UserError
from stages.common.table_rows import whole
from stages.common.text_files import Unparsed, is_utf8
from stages.common.unicode_text import is_blank

REQUIRED = ("art_style", "painting", "utterance")
OPTIONAL = ("emotion", "split", "repetition")
# Kinds of rejects, as the metrics count them.
REJECT_KINDS = (
    *("unknown_emotion", "empty_utterance", "malformed_utf8", "column_count", "quoting", "empty_name"),
    *("leaves_picture_folder", "repetition", "excluded"),
)
# Names that are no file name inside the picture folder.
OUTSIDE = re.compile(r"\.\.?\Z|.*[/\\\0]", re.DOTALL)


class Annotation(NamedTuple):
    """One annotator's emotion and utterance; `record` counts the records of the file from 1.

    `emotion` is None in a data set without emotions, `split` where the file gives none.
    """

    record: int
    art_style: str
    painting: str
    emotion: str | None
    utterance: str
    repetition: int | None
    split: str | None = None


class Reject(NamedTuple):
    """An unusable or excluded record; `kind` is one of REJECT_KINDS, `row` its text in the file."""

    record: int
    kind: str
    reason: str
    row: str


Row = list[str] | Unparsed
# (record number, artwork or None where it cannot be parsed) -> reason for excluding the record, or None.
ExclusionReason = Callable[[int, tuple[str, str] | None], str | None]


def validate(
    header: list[str], rows: Iterable[Row], emotions: Emotions, excluded: ExclusionReason | None = None
) -> Iterator[Annotation | Reject]:
    """Yield each row as an annotation or a reject, in order.

    No text counts as a missing value: `null` and `nan` are words; a blank `split` or `repetition` is not given. The
    reject of an excluded record has no text.

    Args:
        emotions: the labels that a row may have; without any, the column `emotion` is not read.
    """
    style, painting, utterance = (header.index(name) for name in REQUIRED)
    emotion = header.index("emotion") if emotions else None
    split, repetition = (header.index(name) if name in header else None for name in ("split", "repetition"))
    for number, row in enumerate(rows, start=1):
        if excluded and (reason := excluded(number, _artwork(row, style, painting))):
            yield Reject(number, "excluded", f"excluded: {reason}", "")
        elif isinstance(row, Unparsed):
            yield Reject(number, "quoting", row.reason, _printable(row.row))
        elif len(row) != len(header):
            reason = f"{len(row)} fields where the header has {len(header)}"
            yield Reject(number, "column_count", reason, _printable(",".join(row)))
        else:
            texts = row[style], row[painting], None if emotion is None else row[emotion], row[utterance]
            part = row[split].strip() if split is not None else ""
            given = row[repetition] if repetition is not None else ""
            # At most nine digits: fits into the 32 bits of the table.
            count = whole(given)
            if fault := _fault(*texts, part, given if count is None and given.strip() else None, emotions):
                yield Reject(number, *fault, _printable(",".join(row)))
            else:
                yield Annotation(number, *texts, count, part or None)


def _fault(
    art_style: str,
    painting: str,
    emotion: str | None,
    utterance: str,
    split: str,
    no_count: str | None,
    emotions: Emotions,
) -> tuple[str, str] | None:
    """Kind and reason of the first fault of a record; `no_count` is its `repetition` if that is no count."""
    if not is_utf8(f"{art_style}{painting}{emotion}{utterance}{split}"):
        return "malformed_utf8", "malformed UTF-8"
    if emotion is not None and emotion not in emotions.polarities:
        return "unknown_emotion", _unknown(emotion, emotions)
    if is_blank(utterance):
        return "empty_utterance", "empty utterance"
    for name, value in (("art_style", art_style), ("painting", painting)):
        if not value:
            return "empty_name", f"empty {name}"
        if OUTSIDE.match(value):
            return "leaves_picture_folder", f"{name} {value!r} would leave the picture folder"
    if no_count is not None:
        return "repetition", f"repetition {no_count!r} is not a count"
    return None


def _unknown(emotion: str, emotions: Emotions) -> str:
    """Why a text is none of the labels."""
    if is_blank(emotion):
        return "no emotion, but other records have one; give it one, or leave the column out"
    form = unicodedata.normalize("NFC", emotion.strip())
    near = next((label for label in emotions if unicodedata.normalize("NFC", label) == form), None)
    hint = "" if near is None else "; it differs from one of them in spaces or in its form of Unicode"
    return f"unknown emotion {emotion!r}; known are {', '.join(emotions)}{hint}"


def _artwork(row: Row, style: int, painting: int) -> tuple[str, str] | None:
    """The artwork of a row, also if the row has too many or too few fields."""
    return None if isinstance(row, Unparsed) or len(row) <= max(style, painting) else (row[style], row[painting])


def _printable(row: str) -> str:
    return row.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


# Records per batch of both passes.
BATCH = 1 << 16
TEXTS = ["art_style", "painting", "emotion", "utterance"]
STAGED = pa.schema(
    [
        ("record", pa.int64()),
        *((name, pa.string()) for name in TEXTS),
        ("repetition", pa.int32()),
        ("split", pa.string()),
        ("artwork", pa.int32()),
    ]
)


@dataclass
class Census:
    """Result of the first pass; artworks are numbered in the order of their first annotation."""

    records: int = 0
    artworks: dict[tuple[str, str], int] = field(default_factory=dict)
    counts: Counter[int] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    # First reject of each kind.
    first_rejects: dict[str, Reject] = field(default_factory=dict)
    # For each batch the hashes of the texts of its annotations, int64.
    hashes: list[np.ndarray] = field(default_factory=list)
    # First value of the column `repetition` of each artwork, and the artworks with several values.
    repetitions: dict[int, int] = field(default_factory=dict)
    inconsistent: set[int] = field(default_factory=set)

    def count(self, annotations: Sequence[Annotation]) -> list[int]:
        """Add a batch; returns the artwork number of each row."""
        numbers = [self.artworks.setdefault(row[1:3], len(self.artworks)) for row in annotations]
        self.counts.update(numbers)
        for number, row in zip(numbers, annotations, strict=True):
            if row.repetition is not None and self.repetitions.setdefault(number, row.repetition) != row.repetition:
                self.inconsistent.add(number)
        self.hashes.append(np.fromiter(map(hash, (row[1:5] for row in annotations)), np.int64, len(annotations)))
        return numbers

    def per_artwork(self) -> np.ndarray:
        """Number of annotations of each artwork, int32."""
        return np.array([self.counts[number] for number in range(len(self.artworks))], dtype=np.int32)

    def repetition(self) -> np.ndarray:
        """`repetition` of each artwork for rows that do not give it, int32: of its first row that does, or counted."""
        numbers = range(len(self.artworks))
        return np.array([self.repetitions.get(number, self.counts[number]) for number in numbers], dtype=np.int32)

    def sample(self, size: int, seed: int) -> np.ndarray:
        """Mask of a random subset of `size` artworks (0: all), independent of the order of the rows; bool."""
        mask = np.full(len(self.artworks), size == 0)
        numbers = np.array([self.artworks[artwork] for artwork in sorted(self.artworks)])
        mask[np.random.default_rng(seed).permutation(numbers)[:size]] = True
        return mask


def first_pass(
    records: Iterable[Annotation | Reject], file: IO[bytes], rejects: pq.ParquetWriter, *, strict: Path | None = None
) -> Census:
    """Write annotations to `file`, an Arrow file of the schema STAGED, and rejects to `rejects`.

    Args:
        strict: name of the source; if given, the first reject that is not excluded is an error.

    Raises:
        UserError: see `strict`.
    """
    census = Census()
    rows = iter(records)
    with pa.ipc.new_file(file, STAGED) as staged:
        while batch := list(islice(rows, BATCH)):
            census.records += len(batch)
            kept = [row for row in batch if isinstance(row, Annotation)]
            rejected = [row for row in batch if isinstance(row, Reject)]
            faults = [row for row in rejected if row.kind != "excluded"]
            if strict and faults:
                raise UserError(
                    f"{strict}: record {faults[0].record}: {faults[0].reason}; correct it, or set annotations.strict "
                    "to false, which keeps such records aside"
                )
            census.rejects.update(row.kind for row in rejected)
            for row in rejected:
                census.first_rejects.setdefault(row.kind, row)
            if rejected:
                rejects.write_table(pa.Table.from_pydict(_columns(rejected, REJECTS.names), schema=REJECTS))
            if kept:
                columns = _columns(kept, STAGED.names[:-1]) | {"artwork": census.count(kept)}
                staged.write_batch(pa.RecordBatch.from_pydict(columns, schema=STAGED))
    return census


def _columns(rows: Sequence[tuple[object, ...]], names: Sequence[str]) -> dict[str, Sequence[object]]:
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def second_pass(file: IO[bytes], census: Census, selected: np.ndarray, pictured: np.ndarray) -> Iterator[pa.Table]:
    """Yield the annotations of the selected artworks as tables of the schema ANNOTATIONS.

    Args:
        file: as `first_pass` wrote it.
        selected, pictured: masks of the artworks to keep and of those with a readable picture; bool (artworks,).
    """
    repetition = census.repetition()
    values, times = np.unique(np.concatenate(census.hashes), return_counts=True)
    recurring = values[times > 1]
    seen: set[tuple[str | None, ...]] = set()
    file.seek(0)
    with pa.ipc.open_file(file) as staged:
        for number, hashes in enumerate(census.hashes):
            rows = pa.Table.from_batches([staged.get_batch(number)])
            artwork = rows["artwork"].to_numpy()
            duplicate = _duplicates(rows, np.isin(hashes, recurring), seen)
            rows = rows.append_column("has_picture", pa.array(pictured[artwork]))
            rows = rows.append_column("duplicate", pa.array(duplicate))
            place = rows.schema.get_field_index("repetition")
            given = pc.coalesce(rows["repetition"], pa.array(repetition[artwork]))
            rows = rows.set_column(place, "repetition", given)
            rows = rows.filter(pa.array(selected[artwork]))
            if rows.num_rows:
                yield rows.select(ANNOTATIONS.names).cast(ANNOTATIONS)


def _duplicates(rows: pa.Table, candidates: np.ndarray, seen: set[tuple[str | None, ...]]) -> np.ndarray:
    """Mask of rows whose texts are in `seen`, to which they are added; only `candidates` (mask) are compared.

    Candidates come from hashes; the texts themselves are compared, so a hash collision is no duplicate.
    """
    duplicate = np.zeros(len(candidates), dtype=bool)
    places = np.flatnonzero(candidates)
    texts = zip(*(rows[name].take(places).to_pylist() for name in TEXTS), strict=True)
    for place, text in zip(places, texts, strict=True):
        duplicate[place] = text in seen
        seen.add(text)
    return duplicate
