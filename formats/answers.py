"""What a model says about loose pictures, captions or emotions: a table on the terminal, Parquet, JSON."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from formats.sources.picture import Picture, Version
from stages.captions.captioner import Caption
from stages.common import captions_table
from stages.common.errors import UserError
from stages.common.files import atomic_write, parquet_writer
from stages.common.scripts import written
from stages.common.terminal import printable


@dataclass(frozen=True)
class Answer:
    """The captions or emotions of one picture, or the `problem` for which it has none.

    Attributes:
        emotion_source: `person` or `image_classifier`, who chose the emotions of the captions; None for plain ones.
        emotions: probability of each emotion by name, None without a classifier.
        digest: SHA-256 of the picture file that has been read.
        asked: number of captions that were asked for; a beam search can find fewer.
        tokens: the captions are tokens between spaces, not text as people write it.
        version: of the picture when it was read, as from `Picture.version`.
        unreachable: the problem is one of the network or the server.
    """

    picture: Picture
    problem: str | None
    captions: Sequence[Caption] = ()
    emotion_source: str | None = None
    emotions: Mapping[str, float] | None = None
    digest: str | None = None
    asked: int = 0
    tokens: bool = True
    version: Version | None = None
    unreachable: bool = False

    def texts(self) -> list[str]:
        """The captions as people write them."""
        return [written(caption.caption) if self.tokens else caption.caption for caption in self.captions]


class Results(NamedTuple):
    """Rows about pictures in Parquet files: the first part of the files' names, their schema, the rows of an answer.

    Attributes:
        verb: what has been done with a picture, for a summary.
    """

    stem: str
    verb: str
    schema: pa.Schema
    rows: Callable[[Answer], list[dict[str, Any]]]


# A row for each caption; a picture without one has a row with its problem.
SCHEMA = pa.schema(
    [
        # As it was given; see picture_names for a path that is not UTF-8.
        ("picture", pa.string()),
        # A caption has the same columns as in the table of captions, but is written as people do.
        *(field for field in captions_table.SCHEMA if field.name not in ("art_style", "painting")),
        # Probabilities of the emotions in the order of their ids, by image_classifier.
        ("emotions", pa.list_(pa.float32())),
        ("problem", pa.string()),
    ]
)
# Rows that are written to a Parquet file at once.
ROWS = 8192
WIDEST_NAME = 44
NO_MAPS = np.zeros((0, 0, 0), np.float32)


class Table:
    """The table for a terminal: a header, and the lines of each answer."""

    def __init__(self, names: Iterable[object], *, emotions: Sequence[str]) -> None:
        longest = max((len(printable(name)) for name in names), default=0)
        self.name_width = max(min(longest, WIDEST_NAME), len("picture"))
        self.emotion_width = max(map(len, emotions), default=0)

    def header(self) -> str:
        return self._line("picture", "emotion", "log p", "caption")

    def lines(self, answer: Answer) -> Iterator[str]:
        name = printable(answer.picture)
        name = name if len(name) <= self.name_width else "\u2026" + name[1 - self.name_width :]
        for caption, text in zip(answer.captions, answer.texts(), strict=True):
            yield self._line(name, caption.emotion or "", f"{caption.log_probability:.2f}", text)
            name = ""

    def _line(self, name: str, emotion: str, likelihood: str, caption: str) -> str:
        emotion_cell = f"{emotion:<{self.emotion_width}}  " if self.emotion_width else ""
        return f"{name:<{self.name_width}}  {emotion_cell}{likelihood:>7}  {caption}".rstrip()


def rows(answer: Answer) -> list[dict[str, Any]]:
    """The rows of SCHEMA about one picture."""
    emotions = None if answer.emotions is None else list(answer.emotions.values())
    picture = answer.picture.name
    if answer.problem:
        return [{"picture": picture, "problem": answer.problem}]
    return [
        {
            "picture": picture,
            "caption": text,
            "grounding_emotion": caption.emotion,
            "emotion_source": answer.emotion_source,
            "config": caption.config,
            "rank": caption.rank,
            "log_probability": caption.log_probability,
            "emotions": emotions,
        }
        for caption, text in zip(answer.captions, answer.texts(), strict=True)
    ]


CAPTIONS = Results("captions", "captioned", SCHEMA, rows)


def emotions_of(names: Sequence[str]) -> Results:
    """Emotions as results: a row for each picture, with its likeliest emotion and the probabilities of all."""
    shares = [(emotion, pa.float32()) for emotion in names]
    schema = pa.schema([("picture", pa.string()), ("emotion", pa.string()), *shares, ("problem", pa.string())])

    def emotion_rows(answer: Answer) -> list[dict[str, Any]]:
        found = answer.emotions or {}
        likeliest = max(found, key=lambda emotion: found[emotion], default=None)
        return [{"picture": answer.picture.name, "emotion": likeliest, **found, "problem": answer.problem}]

    return Results("emotions", "predicted", schema, emotion_rows)


def blocks(answers: Iterable[Answer], size: int) -> Iterator[tuple[list[Picture], np.ndarray]]:
    """The pictures that have emotions, and their probabilities, float32 (n, C), of `size` answers at a time.

    Raises:
        UserError: there is none; after the last answer.
    """
    remaining, empty = iter(answers), True
    while some := list(islice(remaining, size)):
        readable = [answer for answer in some if answer.emotions]
        if readable:
            empty = False
            shares = [list((answer.emotions or {}).values()) for answer in readable]
            yield [answer.picture for answer in readable], np.array(shares, np.float32)
    if empty:
        raise UserError("no picture left")


def without_maps(answer: Answer) -> Answer:
    """The answer without the attention maps of its captions, which tables do not have."""
    return replace(answer, captions=[caption._replace(attention=NO_MAPS) for caption in answer.captions])


def with_problems_told(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pass answers on; name on stderr the pictures that are left out, with the reasons, and count missing captions."""
    short = empty = 0
    for answer in answers:
        if answer.problem:
            print(f"{printable(answer.picture)}: left out: {printable(answer.problem)}", file=sys.stderr)
        short += len(answer.captions) < answer.asked
        empty += sum(not caption.caption for caption in answer.captions if not answer.tokens)
        yield answer
    if short:
        print(
            f"{short:,} pictures have fewer captions than asked for: the search ended no more within "
            "captions.max_length",
            file=sys.stderr,
        )
    if empty:
        print(f"{empty:,} captions are empty: the model said no word", file=sys.stderr)


def save_parquet(answers: Iterable[Answer], path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write the rows as they come, some thousands at a time, and the file's metadata."""
    waiting: list[dict[str, Any]] = []
    with parquet_writer(path, SCHEMA.with_metadata(metadata)) as writer:
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
        for answer, row in ((each, row) for each in answers for row in rows(each)):
            if row.get("emotions"):
                row["emotions"] = answer.emotions
            file.write(separator + json.dumps(row, ensure_ascii=False, allow_nan=False))
            separator = ",\n"
        file.write("\n]\n" if separator == ",\n" else "[]\n")
