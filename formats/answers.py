"""Generated captions of loose pictures: a table on the terminal, Parquet, JSON, or a folder that can be resumed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stages.captions.captioner import Caption
from stages.common import captions_table
from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.files import atomic_write, parquet_writer, read_json, write_json


@dataclass(frozen=True)
class Answer:
    """The captions of one picture, or the `problem` for which it has none.

    Attributes:
        emotion_source: `person` or `image_classifier`, who chose the emotions of the captions; None for plain ones.
        emotions: probabilities of the nine emotions, None without a classifier.
    """

    path: Path
    problem: str | None
    captions: Sequence[Caption] = ()
    emotion_source: str | None = None
    emotions: np.ndarray | None = None


# A row for each caption; a picture without one has a row with its problem.
SCHEMA = pa.schema(
    [
        ("picture", pa.string()),
        # A caption has the same columns as in the table of captions.
        *(field for field in captions_table.SCHEMA if field.name not in ("art_style", "painting")),
        # Probabilities of the nine emotions in their canonical order, by image_classifier.
        ("emotions", pa.list_(pa.float32())),
        ("problem", pa.string()),
    ]
)
# Rows that are written to a Parquet file at once.
ROWS = 8192
# Pictures in one file of a folder.
SHARD = 1024
WIDEST_NAME = 44


def printable(text: object) -> str:
    r"""`text` on one line: unprintable characters, which a file's name may hold, are escaped, as \x1b."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(text))


class Table:
    """The table for a terminal: a header, and the lines of each answer."""

    def __init__(self, names: Iterable[object], *, grounded: bool) -> None:
        longest = max((len(printable(name)) for name in names), default=0)
        self.name_width = max(min(longest, WIDEST_NAME), len("picture"))
        self.emotion_width = max(map(len, EMOTIONS)) if grounded else 0

    def header(self) -> str:
        return self._line("picture", "emotion", "log p", "caption")

    def lines(self, answer: Answer) -> Iterator[str]:
        name = printable(answer.path)
        name = name if len(name) <= self.name_width else "\u2026" + name[1 - self.name_width :]
        for caption in answer.captions:
            yield self._line(name, caption.emotion or "", f"{caption.log_probability:.2f}", caption.caption)
            name = ""

    def _line(self, name: str, emotion: str, likelihood: str, caption: str) -> str:
        emotion_cell = f"{emotion:<{self.emotion_width}}  " if self.emotion_width else ""
        return f"{name:<{self.name_width}}  {emotion_cell}{likelihood:>7}  {caption}".rstrip()


def rows(answer: Answer) -> list[dict[str, Any]]:
    """The rows of SCHEMA about one picture."""
    emotions = None if answer.emotions is None else answer.emotions.tolist()
    picture = printable(answer.path)
    if answer.problem:
        return [{"picture": picture, "problem": answer.problem}]
    return [
        {
            "picture": picture,
            "caption": caption.caption,
            "grounding_emotion": caption.emotion,
            "emotion_source": answer.emotion_source,
            "config": caption.config,
            "rank": caption.rank,
            "log_probability": caption.log_probability,
            "emotions": emotions,
        }
        for caption in answer.captions
    ]


def save_parquet(answers: Iterable[Answer], path: Path) -> None:
    """Write the rows as they come, some thousands at a time."""
    waiting: list[dict[str, Any]] = []
    with parquet_writer(path, SCHEMA) as writer:
        for answer in answers:
            waiting += rows(answer)
            if len(waiting) >= ROWS:
                writer.write_table(pa.Table.from_pylist(waiting, schema=SCHEMA))
                waiting = []
        writer.write_table(pa.Table.from_pylist(waiting, schema=SCHEMA))


def save_json(answers: Iterable[Answer], path: Path) -> None:
    """Write a list with an object for each row, a line each; the emotions are an object, name to probability."""
    with atomic_write(path) as beside, beside.open("w", encoding="utf-8") as file:
        separator = "[\n"
        for row in chain.from_iterable(map(rows, answers)):
            if row.get("emotions"):
                row["emotions"] = dict(zip(EMOTIONS, row["emotions"], strict=True))
            file.write(separator + json.dumps(row, ensure_ascii=False, allow_nan=False))
            separator = ",\n"
        file.write("\n]\n" if separator == ",\n" else "[]\n")


def shards(folder: Path, names: Sequence[object], settings: Mapping[str, Any]) -> Iterator[tuple[Path, slice]]:
    """The files of `folder` that are still to be written, each with its slice of the pictures.

    Files that exist are kept, so an interrupted run can be started again.

    Raises:
        UserError: the folder holds captions of other pictures, or made with other settings.
    """
    digest = hashlib.sha256("\n".join(map(printable, names)).encode()).hexdigest()
    about = {"pictures": len(names), "digest": digest, "settings": settings}
    note = folder / "about.json"
    if note.exists() and read_json(note) != about:
        raise UserError(
            f"{folder}: holds captions of other pictures, or made with other settings; choose another folder"
        )
    write_json(about, note)
    for start in range(0, len(names), SHARD):
        path = folder / f"captions-{start // SHARD:05}.parquet"
        if not path.exists():
            yield path, slice(start, start + SHARD)


def problems_in(folder: Path) -> int:
    """The number of pictures in a folder of captions that have a problem instead of captions."""
    columns = [pq.read_table(path, columns=["problem"])["problem"] for path in folder.glob("captions-*.parquet")]
    return sum(len(column) - column.null_count for column in columns)
