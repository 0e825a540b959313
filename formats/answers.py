"""Answers as a table on the terminal, and as files: Parquet, JSON, a page, or a folder that can be resumed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stages.captions.captioner import Spoken
from stages.common import captions_table
from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.files import parquet_writer, read_json, replacing, write_json


@dataclass(frozen=True)
class Answer:
    """About one picture: its captions, or the `problem` that kept it from getting any.

    Attributes:
        emotion_source: who chose the emotions that its captions speak from, None if they speak from none.
        emotions: probabilities of the nine, None without a classifier.
    """

    path: Path
    problem: str | None
    captions: Sequence[Spoken] = ()
    emotion_source: str | None = None
    emotions: np.ndarray | None = None


# One row a caption; a picture without one has a row with its problem.
SCHEMA = pa.schema(
    [
        ("picture", pa.string()),
        # What is told of a caption is what the table of captions tells of an artwork's.
        *(field for field in captions_table.SCHEMA if field.name not in ("art_style", "painting")),
        # Probabilities of the nine emotions in their canonical order, by image_classifier.
        ("emotions", pa.list_(pa.float32())),
        ("problem", pa.string()),
    ]
)
# Rows that a Parquet file gets at once.
ROWS = 8192
# Pictures in one file of a folder.
SHARD = 1024
WIDEST_NAME = 44


def printable(text: object) -> str:
    r"""`text` on one line, whatever a file is called: what cannot be shown is spelled, as \x1b."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in str(text))


class Table:
    """The table for a terminal: `header`, and the lines of each answer."""

    def __init__(self, names: Iterable[object], *, grounded: bool) -> None:
        self.width = min(max((len(printable(name)) for name in names), default=0), WIDEST_NAME)
        self.width = max(self.width, len("picture"))
        self.emotion = max(map(len, EMOTIONS)) if grounded else 0

    def header(self) -> str:
        return self._line("picture", "emotion", "log p", "caption")

    def lines(self, answer: Answer) -> Iterator[str]:
        name = printable(answer.path)
        name = name if len(name) <= self.width else "\u2026" + name[1 - self.width :]
        for number, one in enumerate(answer.captions):
            shown = "" if number else name
            yield self._line(shown, one.emotion or "", f"{one.log_probability:.2f}", one.caption)

    def _line(self, name: str, emotion: str, likelihood: str, caption: str) -> str:
        told = f"{emotion:<{self.emotion}}  " if self.emotion else ""
        return f"{name:<{self.width}}  {told}{likelihood:>7}  {caption}".rstrip()


def rows(answer: Answer) -> list[dict[str, Any]]:
    """The rows of SCHEMA about one picture."""
    emotions = None if answer.emotions is None else answer.emotions.tolist()
    picture = printable(answer.path)
    if answer.problem:
        return [{"picture": picture, "problem": answer.problem}]
    return [
        {
            "picture": picture,
            "caption": one.caption,
            "grounding_emotion": one.emotion,
            "emotion_source": answer.emotion_source,
            "config": one.config,
            "rank": one.rank,
            "log_probability": one.log_probability,
            "emotions": emotions,
        }
        for one in answer.captions
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
    """Write a list with an object for each row, a line each."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8") as file:
        comma = "[\n"
        for answer in answers:
            for row in rows(answer):
                named = (
                    row | {"emotions": dict(zip(EMOTIONS, row["emotions"], strict=True))}
                    if row.get("emotions")
                    else row
                )
                file.write(comma + json.dumps(named, ensure_ascii=False, allow_nan=False))
                comma = ",\n"
        file.write("\n]\n" if comma == ",\n" else "[]\n")


def shards(folder: Path, names: Sequence[object], manner: str) -> Iterator[tuple[Path, slice]]:
    """The files of `folder` that are still to be written, and which of the pictures each is to hold.

    What is there is kept: an interrupted run goes on where it stopped.

    Raises:
        UserError: the folder holds captions of other pictures, or made in another manner.
    """
    pictures = hashlib.sha256("\n".join(map(printable, names)).encode()).hexdigest()
    about = {"pictures": len(names), "digest": pictures, "manner": manner}
    note = folder / "about.json"
    if note.exists() and read_json(note) != about:
        raise UserError(f"{folder}: holds captions of other pictures, or made in another manner; choose another folder")
    write_json(about, note)
    for start in range(0, len(names), SHARD):
        path = folder / f"captions-{start // SHARD:05}.parquet"
        if not path.exists():
            yield path, slice(start, start + SHARD)


def problems_in(folder: Path) -> int:
    """How many pictures of a folder of captions have a problem instead."""
    columns = (
        pq.read_table(path, columns=["problem"])["problem"] for path in sorted(folder.glob("captions-*.parquet"))
    )
    return sum(len(column) - column.null_count for column in columns)
