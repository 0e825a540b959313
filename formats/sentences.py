"""Sentences that people hand in, in a text file, a table or a pipe; they are read block by block."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from stages.common.errors import UserError
from stages.common.table_reader import column_types, is_table
from stages.common.table_reader import read as read_table
from stages.common.table_rows import Column
from stages.common.text_files import input_lines, text_lines
from stages.common.token_lists import GENERATED, joined

# A table's column of sentences, unless one is named: the first of these that it has.
COLUMNS = ("utterance", "sentence", "text", "caption", GENERATED)
NAME_IT = "name that of the sentences with --column"
KEEP_ONE = "name one of these with --keep"
# The file that is standard input.
STDIN = Path("-")
# Sentences that are in memory at once.
BLOCK = 1 << 12


class Sentence(NamedTuple):
    """A sentence, which may be blank, and the values of its row in the columns that are kept."""

    text: str
    kept: tuple[Any, ...] = ()


def read(file: Path, column: str | None = None, keep: Sequence[str] = ()) -> Iterator[Sentence]:
    """Yield the sentences of a text file (one a line) or of a table's column, in order; a blank one is the empty text.

    A table is a CSV, TSV, JSON, JSON Lines or Parquet file; JSON may be a list of sentences. `STDIN` is read as a
    text file. Blank sentences are counted on stderr, after the last one.

    Args:
        keep: other columns of the table, whose values come with each sentence.

    Raises:
        UserError: the file has no sentence, is not UTF-8 or no table, lacks a column, or has a row without text.
    """
    name = "standard input" if file == STDIN else str(file)
    table = file != STDIN and is_table(file)
    if not table and (column is not None or keep):
        option, absent = ("--column", column) if column is not None else ("--keep", keep[0])
        raise UserError(f"{name}: a text file has no column {absent}; leave {option} out, or name a table")
    total = blank = 0
    first_blank = ""
    for place, sentence in _column(file, column, keep) if table else _lines(file):
        total += 1
        if not sentence.text.strip():
            blank += 1
            first_blank = first_blank or place
        yield sentence
    if blank == total:
        raise UserError(f"{name}: holds no sentence; expected one a line, or a table with a column of them")
    if blank:
        rows = f"{blank:,} of {total:,} sentences are blank, the first in {first_blank}"
        print(f"{name}: {rows}; their emotions are those of no words", file=sys.stderr)


def _lines(file: Path) -> Iterator[tuple[str, Sentence]]:
    lines = input_lines() if file == STDIN else text_lines(file)
    return ((f"line {number:,}", Sentence(text)) for number, text in lines)


def _column(file: Path, column: str | None, keep: Sequence[str]) -> Iterator[tuple[str, Sentence]]:
    """Place and sentence of each row."""
    name, *aliases = [column] if column is not None else COLUMNS
    known = [Column(name, tuple(aliases), way_out=NAME_IT), *(Column(kept, way_out=KEEP_ONE) for kept in keep)]
    # Values without a name are sentences, unless a name was given; what JSON calls them may be kept as `id`.
    mapping = ("id", name) if column is None else None
    bare = name if column is None and not keep else None
    for row in joined(read_table(file, known, mapping, bare=bare), name):
        yield row.place, Sentence(row.optional_text(name) or "", tuple(row.value(kept) for kept in keep))


def kept_types(file: Path | None, keep: Sequence[str]) -> dict[str, pa.DataType]:
    """The types of the columns to keep: those of a Parquet file; text, if the file has no types."""
    types = column_types(file) if file and keep else {}
    return {name: types.get(name, pa.string()) for name in keep}


def in_blocks(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    """The sentences, at most BLOCK of them at a time."""
    remaining = iter(sentences)
    while block := list(islice(remaining, BLOCK)):
        yield block
