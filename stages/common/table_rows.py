"""Rows and columns of the tables that people hand in: names are matched, values are checked one by one."""

import difflib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from stages.common.errors import UserError
from stages.common.text_files import is_utf8, shown
from stages.common.unicode_text import is_blank

# Also written by pandas beside a blank (`2.0`) and by spreadsheets (`2.00`).
WHOLE = re.compile(r"([0-9]{1,9})(?:\.0*)?", re.ASCII)
# Column names that a message lists.
LISTED = 12
# Similarity from which an unknown column is a misspelt one.
MISSPELT = 0.8


@dataclass(frozen=True)
class Column:
    """A column that a table may have, under one of several names.

    Attributes:
        name: key of the values in a `Row`.
        aliases: other names that the file may use for it; the first name that is there counts.
        way_out: what to do about a missing column where its name is the person's choice, not a misspelt one.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    way_out: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Row:
    """A row of a person's table.

    Attributes:
        place: where it stands in the file `path`: `line 7` of a text file, `row 7` of another.
        values: by `Column.name`: text in a text table, whatever JSON or Parquet have in others; None for no value.
        headers: the names of the columns in the file, by `Column.name`, where they differ.
    """

    path: Path
    place: str
    values: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, column: str) -> str:
        """The name of a column in the file, for messages."""
        return self.headers.get(column, column)

    def text(self, column: str) -> str:
        """The text of a column.

        Raises:
            UserError: it is missing, blank, no text, or text that UTF-8 cannot hold.
        """
        value = self.values.get(column)
        if _is_empty(value):
            self.refuse(f"{self.header(column)} is empty", "expected text; fill it in or remove the row")
        if not isinstance(value, str):
            self.refuse(f"{self.header(column)} is {shown(value)}", "expected text")
        return self._encodable(column, value)

    def optional_text(self, column: str) -> str | None:
        """As `text`, but None for a missing or blank value."""
        value = self.values.get(column)
        return None if _is_empty(value) else self.text(column)

    def value(self, column: str) -> Any:
        """The value of a column as the file has it; None for no value.

        Raises:
            UserError: it has text that UTF-8 cannot hold.
        """
        value = self.values.get(column)
        # Text may be inside of lists and objects, too.
        self._encodable(column, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
        return value

    def count(self, column: str) -> int | None:
        """A whole number of at least 0, also written `2.0` as by pandas beside a blank; None for no value.

        Raises:
            UserError: it is no such number.
        """
        value = self.values.get(column)
        number = whole(value)
        if number is None and not _is_empty(value):
            self.refuse(f"{self.header(column)} is {shown(value)}", "expected a whole number such as 5")
        return number

    def number(self, column: str) -> float:
        """A finite number.

        Raises:
            UserError: it is missing, or no such number.
        """
        value = self.values.get(column)
        try:
            number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            fault = "empty" if value is None else shown(value)
            self.refuse(f"{self.header(column)} is {fault}", "expected a number such as 2.5")
        return number

    def shown(self, column: str) -> str:
        """The value of a column as a short literal, for messages."""
        return shown(self.values.get(column))

    def refuse(self, problem: str, way_out: str) -> NoReturn:
        """Raise a UserError about this row."""
        raise UserError(f"{self.path}, {self.place}: {problem}; {way_out}")

    def _encodable(self, column: str, text: str) -> str:
        if not is_utf8(text):
            fault = f"{self.header(column)} has characters that are not UTF-8 ({shown(text)})"
            self.refuse(fault, "save the file as UTF-8, or correct it")
        return text


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and is_blank(value))


def whole(value: Any) -> int | None:
    """`value` as a whole number of 0 to nine digits, also from text and from `2.0`; None for anything else."""
    if isinstance(value, str):
        digits = WHOLE.fullmatch(value.strip())
        return int(digits[1]) if digits else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return int(value) if 0 <= value < 1e9 and value == int(value) else None


def used_columns(path: Path, names: Sequence[str], columns: Sequence[Column], closed: bool) -> dict[str, int]:
    """Index of each known column that the file has.

    Raises:
        UserError: a required column is missing, one is there twice, a name looks like a misspelt one, or, if
            `closed`, a name is unknown.
    """
    found = {column.name: next((name for name in column.names if name in names), None) for column in columns}
    known = {name for column in columns for name in column.names}
    others = [name for name in names if name not in known]
    for column in columns:
        if found[column.name] is None:
            _check_missing(path, column, names, others, certain=not (column.required or closed))
    if closed and others:
        allowed = ", ".join(" or ".join(column.names) for column in columns)
        raise UserError(f"{path}: unknown column {shown(others[0])}; allowed: {allowed}; rename or remove it")
    if repeated := next((name for name in found.values() if name is not None and names.count(name) > 1), None):
        raise UserError(f"{path}: more than one column {repeated}; keep one")
    return {key: list(names).index(name) for key, name in found.items() if name is not None}


def _check_missing(path: Path, column: Column, names: Sequence[str], others: Sequence[str], *, certain: bool) -> None:
    """Refuse that a required column is missing, or that one of the `others` looks like the column misspelt.

    Args:
        certain: only a name with the same letters is a misspelt one, since any other columns may be there.
    """
    near = next((name for name in others for right in column.names if alike(name, right, certain)), None)
    near = None if _other_separator(names) else near
    if near is not None and not column.way_out:
        right = max(column.names, key=lambda right: difflib.SequenceMatcher(None, near, right).ratio())
        raise UserError(f"{path}: unknown column {shown(near)}; did you mean {right}? rename or remove it")
    if column.required:
        missing = f"{path}: no column {' or '.join(column.names)}; found {_named(names)}{_other_separator(names)}"
        hint = f"; did you mean {shown(near)}?" if near is not None else ""
        raise UserError(missing + hint + (f"; {column.way_out}" if column.way_out else ""))


def alike(name: str, right: str, certain: bool) -> bool:
    """True if `name` is `right` misspelt, such as `Picture`, ` picture`, `pictrue` or, if not `certain`, `pictur`."""
    bare, right = (re.sub(r"[\s.-]", "_", text.strip().casefold()) for text in (name, right))
    if bare == right or sorted(bare) == sorted(right):
        return True
    return not certain and difflib.SequenceMatcher(None, bare, right).ratio() >= MISSPELT


def _other_separator(names: Sequence[str]) -> str:
    other = len(names) == 1 and not {";", "\t", "|"}.isdisjoint(names[0])
    return " in one field; fields must be separated by commas" if other else ""


def _named(names: Sequence[str]) -> str:
    """Column names on one line, for a message; a file that is no table may have thousands, with any characters."""
    texts = [name if name.isprintable() and len(name) <= 60 else shown(name) for name in names[:LISTED]]
    return ", ".join(texts) + (f" and {len(names) - LISTED:,} others" if len(names) > LISTED else "")


def listed(columns: Sequence[Column]) -> str:
    """The required columns, for a message."""
    return ", ".join(" or ".join(column.names) for column in columns if column.required)
