"""Review sheets as CSV: in UTF-8 with a byte order mark, as Excel expects it.

A spreadsheet program runs a cell that begins with `=`, `+`, `-` or `@`, and one that does not take commas for
separators finds such beginnings inside of a text, behind a semicolon or the end of a line. An apostrophe before them
prevents it; `records` removes it. A text with such an apostrophe of its own gets a second one.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from formats.machine_captions import Reviewed
from formats.review.columns import COLUMNS, LINES_ABOVE, Record, Wrong, cells
from stages.common.text_files import Unparsed, csv_records, is_utf8, opened

# Also the wide forms, for spreadsheet programs in East Asia. The page of a sheet has the same pattern in JavaScript.
RUN = "=+\\-@\uff1d\uff0b\uff0d\uff20"
BEGINNING = r"(?:^|[;\t\r\n])"
BEFORE = r"[' \t\r\n\u00a0\u3000]*"
GUARD = rf"(^(?='*[\t\r])|{BEGINNING}(?={BEFORE}[{RUN}]))"
GUARDED = rf"(^(?=''*[\t\r])|{BEGINNING}(?='{BEFORE}[{RUN}]))'"
SEPARATORS = (",", ";", "\t")


def write(rows: Iterable[Reviewed], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for row in rows:
            table.writerow(map(guarded, cells(row).values()))


def records(path: Path) -> Iterator[Record]:
    """The lines of a sheet, separated by commas, semicolons or tabs.

    Raises:
        UserError: there is no such file, or it is not CSV.
    """
    # A record may have lines in its cells: the number is that which a spreadsheet program shows.
    for number, (_, fields) in enumerate(csv_records(path, _separator(path)), start=1):
        if isinstance(fields, Unparsed):
            yield Record(f"row {number}", [Wrong(f"{fields.reason}; double the quotes that are part of the text")])
        else:
            yield Record(f"row {number}", [_field(field) for field in fields])


def _field(text: str) -> str | Wrong:
    return unguarded(text) if is_utf8(text) else Wrong("not UTF-8; save the sheet as UTF-8 (`CSV UTF-8`)")


def _separator(path: Path) -> str:
    """The one that separates the column names; a comma if nothing does."""
    with opened(path, newline="") as file:
        for _, line in zip(range(LINES_ABOVE), file, strict=False):
            for separator in SEPARATORS:
                names = {name.strip().strip('"').casefold() for name in line.split(separator)}
                if len({"picture", "caption", "decision"} & names) > 1:
                    return separator
    return ","


def guarded(text: str) -> str:
    """`text` with an apostrophe before whatever a spreadsheet program would run."""
    return re.sub(GUARD, r"\1'", text)


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return re.sub(GUARDED, r"\1", text)
