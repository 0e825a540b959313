"""Predicted emotions of loose sentences and pictures: lines for the terminal, and files written block by block."""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.common.errors import UserError
from stages.common.files import atomic_write, parquet_writer
from stages.common.terminal import printable

# Emotions that are printed of each sentence, and the characters of the sentence.
SHOWN, WIDTH = 3, 72
# Decimals of a probability in a text file.
DECIMALS = 4
# Rows of a Parquet file that are written, and can be read, at once.
ROWS = 1 << 15


class Block(NamedTuple):
    """Some rows of a file.

    Attributes:
        items: sentences, or paths of pictures as text.
        probabilities: of each emotion, float32 (n, C).
        kept: for each item, its values in the columns that are kept.
    """

    items: Sequence[str]
    probabilities: np.ndarray
    kept: Sequence[tuple[Any, ...]] = ()


@dataclass(frozen=True)
class Columns:
    """The columns of a file: `kind` (sentence or picture), those that are kept, `emotion`, and one for each emotion.

    Attributes:
        kept: names and types of the columns that are kept.

    Raises:
        UserError: a column that is kept has the name of another.
    """

    kind: str
    emotions: Sequence[str]
    kept: Mapping[str, pa.DataType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if taken := next((name for name in self.kept if name in (self.kind, "emotion", *self.emotions)), None):
            raise UserError(f"--keep {taken}: the result has a column of this name; rename that of the input")

    @property
    def names(self) -> list[str]:
        return [self.kind, *self.kept, "emotion", *self.emotions]

    def likeliest(self, block: Block) -> list[str]:
        """The emotion with the highest probability of each item."""
        return [self.emotions[index] for index in block.probabilities.argmax(1)]


def save(blocks: Iterable[Block], columns: Columns, file: Path) -> int:
    """Write a row for each item, as blocks come, and return their number; `file` ends in one of FILES.

    The file is there when all blocks are written; an error leaves a former one as it was.
    """
    rows = 0

    def counted() -> Iterator[Block]:
        nonlocal rows
        for block in blocks:
            yield block
            rows += len(block.items)

    FILES[file.suffix.lower()](counted(), columns, file)
    return rows


def _save_csv(blocks: Iterable[Block], columns: Columns, file: Path) -> None:
    with atomic_write(file) as beside, beside.open("w", encoding="utf-8", newline="") as stream:
        for number, block in enumerate(blocks):
            kept = [list(map(_text, values)) for values in zip(*block.kept, strict=True)]
            texts = [block.items, *kept, columns.likeliest(block)]
            # Python's csv leaves a lone \r unquoted, which ends a row for its reader.
            quoted = any("\r" in text for column in [columns.names, *texts] for text in column if text)
            pd.DataFrame(dict(enumerate([*texts, *block.probabilities.T]))).to_csv(
                stream,
                index=False,
                header=False if number else columns.names,
                float_format=f"%.{DECIMALS}f",
                quoting=csv.QUOTE_NONNUMERIC if quoted else csv.QUOTE_MINIMAL,
            )


def _save_parquet(blocks: Iterable[Block], columns: Columns, file: Path) -> None:
    shares = [(emotion, pa.float32()) for emotion in columns.emotions]
    schema = pa.schema([(columns.kind, pa.string()), *columns.kept.items(), ("emotion", pa.string()), *shares])
    waiting: list[pa.Table] = []
    with parquet_writer(file, schema) as writer:
        for block in blocks:
            kept = [
                pa.array(map(_text, values) if kind == pa.string() else values, kind)
                for values, kind in zip(zip(*block.kept, strict=True), columns.kept.values(), strict=True)
            ]
            arrays = [block.items, *kept, columns.likeliest(block), *block.probabilities.T]
            waiting.append(pa.table(arrays, schema=schema))
            if sum(map(len, waiting)) >= ROWS:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))


def _save_json_lines(blocks: Iterable[Block], columns: Columns, file: Path) -> None:
    with atomic_write(file) as beside, beside.open("w", encoding="utf-8", newline="") as stream:
        for block in blocks:
            kept = block.kept or [()] * len(block.items)
            shares = block.probabilities.astype(float).round(DECIMALS).tolist()
            for item, values, likeliest, row in zip(block.items, kept, columns.likeliest(block), shares, strict=True):
                fields = [item, *values, likeliest, *row]
                stream.write(_json(dict(zip(columns.names, fields, strict=True))) + "\n")


# How files are written, by their suffixes.
FILES: dict[str, Callable[[Iterable[Block], Columns, Path], None]] = {
    ".csv": _save_csv,
    ".parquet": _save_parquet,
    ".jsonl": _save_json_lines,
}


def _text(value: Any) -> str | None:
    """A value as text; a list or an object as JSON."""
    if value is None or isinstance(value, str):
        return value
    return _json(value) if isinstance(value, list | dict) else str(value)


def _in_json(value: Any) -> Any:
    """A value as it is, but numbers that JSON lacks, also inside of lists and objects, as text."""
    if isinstance(value, list | tuple):
        return [_in_json(each) for each in value]
    if isinstance(value, dict):
        return {key: _in_json(each) for key, each in value.items()}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _json(value: Any) -> str:
    # Values that JSON lacks, such as the dates of Parquet, become text.
    return json.dumps(_in_json(value), ensure_ascii=False, allow_nan=False, default=str)


def sentence_lines(sentences: Sequence[str], probabilities: np.ndarray, emotions: Sequence[str]) -> list[str]:
    """A line for each sentence: its likeliest emotions, the likeliest first, and the sentence, cut."""
    widest = max(map(len, emotions))
    return [
        "  ".join(f"{row[index]:4.0%} {emotions[index]:{widest}}" for index in np.argsort(-row, kind="stable")[:SHOWN])
        + f"  {printable(shorten(sentence, WIDTH, placeholder=' ...'))}"
        for sentence, row in zip(sentences, probabilities, strict=True)
    ]


def picture_header(emotions: Sequence[str]) -> str:
    """The names above the lines of pictures."""
    return "  ".join([f"{'likeliest':<{_widest(emotions)}}", *emotions, "picture"])


def picture_lines(pictures: Sequence[object], probabilities: np.ndarray, emotions: Sequence[str]) -> list[str]:
    """A line for each picture: its likeliest emotion, all probabilities, and its name, of any length, last."""
    lines = []
    for picture, row in zip(pictures, probabilities, strict=True):
        shares = [f"{share:.0%}".rjust(len(emotion)) for emotion, share in zip(emotions, row, strict=True)]
        lines.append("  ".join([f"{emotions[row.argmax()]:<{_widest(emotions)}}", *shares, printable(picture)]))
    return lines


def _widest(emotions: Sequence[str]) -> int:
    return max(map(len, [*emotions, "likeliest"]))
