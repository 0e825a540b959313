"""Predicted emotions of loose sentences and pictures: sentences from files; tables on the terminal and in files."""

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import shorten

import numpy as np
import pandas as pd

from formats.picture_names import as_text
from stages.common.errors import UserError
from stages.common.files import write_with
from stages.common.table_reader import is_table, read
from stages.common.table_rows import Column
from stages.common.terminal import printable
from stages.common.text_files import text_lines
from stages.common.token_lists import GENERATED, joined

# A table's column of sentences, unless one is named: the first of these that it has.
COLUMNS = ("utterance", "sentence", "text", "caption", GENERATED)
NAME_IT = "name that of the sentences with --column"
# Suffixes of tables of predictions.
TABLES = (".csv", ".parquet")
# Emotions that are printed of each sentence, and the characters of the sentence.
SHOWN, WIDTH = 3, 72


def read_sentences(file: Path, column: str | None = None) -> list[str]:
    """The sentences of a text file (one a line) or of a table's column, in order; a blank one is the empty text.

    A table is a CSV, TSV, JSON, JSON Lines or Parquet file; JSON may be a list of sentences. Blank sentences are
    counted on stderr.

    Raises:
        UserError: the file has no sentence, is not UTF-8 or no table, lacks the column, or has a row without text.
    """
    table = is_table(file)
    if column is not None and not table:
        raise UserError(f"{file}: a text file has no column {column}; leave --column out, or name a table")
    places, sentences = [], []
    for place, text in _column(file, column) if table else _lines(file):
        places.append(place)
        sentences.append(text or "")
    blank = [place for place, text in zip(places, sentences, strict=True) if not text.strip()]
    if len(blank) == len(sentences):
        raise UserError(f"{file}: holds no sentence; expected one a line, or a table with a column of them")
    if blank:
        rows = f"{len(blank):,} of {len(sentences):,} sentences are blank, the first in {blank[0]}"
        print(f"{file}: {rows}; their emotions are those of no words", file=sys.stderr)
    return sentences


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    return ((f"line {number:,}", text) for number, text in text_lines(file))


def _column(file: Path, column: str | None) -> Iterator[tuple[str, str | None]]:
    """Place and text of each row; None for a blank."""
    name, *aliases = [column] if column is not None else COLUMNS
    known = Column(name, tuple(aliases), way_out=NAME_IT)
    # Values without a name are sentences, unless a name was given.
    mapping, bare = (("id", name), name) if column is None else (None, None)
    for row in joined(read(file, [known], mapping, bare=bare), name):
        yield row.place, row.optional_text(name)


def save(items: Sequence[str], kind: str, probabilities: np.ndarray, emotions: Sequence[str], file: Path) -> None:
    """Write a row for each item: itself in the column `kind`, its likeliest emotion, and all probabilities (N, C).

    `file` ends in one of TABLES.
    """
    frame = pd.DataFrame(probabilities, columns=list(emotions))
    frame.insert(0, kind, list(items))
    frame.insert(1, "emotion", [emotions[index] for index in probabilities.argmax(1)])
    if file.suffix.lower() == ".parquet":
        write_with(lambda beside: frame.to_parquet(beside, index=False), file)
    else:
        # Python's csv leaves a lone \r unquoted, which ends a row for its reader.
        quoted = any("\r" in item for item in items)
        write_with(
            lambda beside: frame.to_csv(
                beside,
                index=False,
                float_format="%.4f",
                quoting=csv.QUOTE_NONNUMERIC if quoted else csv.QUOTE_MINIMAL,
            ),
            file,
        )


def save_pictures(paths: Sequence[Path], probabilities: np.ndarray, emotions: Sequence[str], file: Path) -> None:
    """As `save`, with the paths as they were given in the column `picture`."""
    save([as_text(path) for path in paths], "picture", probabilities, emotions, file)


def sentence_lines(sentences: Sequence[str], probabilities: np.ndarray, emotions: Sequence[str]) -> list[str]:
    """A line for each sentence: its likeliest emotions, the likeliest first, and the sentence, cut."""
    widest = max(map(len, emotions))
    return [
        "  ".join(f"{row[index]:4.0%} {emotions[index]:{widest}}" for index in np.argsort(-row, kind="stable")[:SHOWN])
        + f"  {printable(shorten(sentence, WIDTH, placeholder=' ...'))}"
        for sentence, row in zip(sentences, probabilities, strict=True)
    ]


def picture_lines(paths: Sequence[Path], probabilities: np.ndarray, emotions: Sequence[str]) -> list[str]:
    """A table with a header: a picture's likeliest emotion, all probabilities, and its path, of any length, last."""
    widest = max(map(len, [*emotions, "likeliest"]))
    lines = ["  ".join([f"{'likeliest':<{widest}}", *emotions, "picture"])]
    for path, row in zip(paths, probabilities, strict=True):
        shares = [f"{share:.0%}".rjust(len(emotion)) for emotion, share in zip(emotions, row, strict=True)]
        lines.append("  ".join([f"{emotions[row.argmax()]:<{widest}}", *shares, printable(path)]))
    return lines
