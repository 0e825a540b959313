"""The table of a review sheet: what each row of it says, and what can be wrong with a row that comes back.

All formats of sheets hold the same columns of text. The last one, `check`, has six digits for each cell that the
machine wrote, so that a changed cell is found and named.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from formats.machine_captions import Decision, MachineCaption, Reviewed
from stages.common.errors import UserError
from stages.common.text_files import is_utf8, shown
from stages.common.unicode_text import is_blank

EDITED, CHECK = "edited text", "check"
# Those that staff fill in, and those that a machine has written.
STAFF = (EDITED, "decision", "note", "reviewer")
NUMBERS = ("rank", "width", "height")
MACHINE = (
    *("picture", "emotion", "caption", "rank", "language", "machine", "model", "digest", "target", "manifest"),
    *("image", "width", "height"),
)
COLUMNS = (*MACHINE[:3], *STAFF, *MACHINE[3:], CHECK)
DIGITS = 6
MOST_DIGITS = 10
# A person, or a spreadsheet program, may have put lines above the column names; faults that a message lists.
LINES_ABOVE, MOST_FAULTS = 5, 20
MADE = (
    "A machine wrote these captions: each says which feeling it expects in front of the picture, and why; none "
    "describes what the picture shows."
)
ABOUT = (
    f"{MADE} Where a caption needs a better text, write it into “{EDITED}”; if that stays empty, the machine's caption "
    "counts. Then choose “approved” or “rejected” as the decision, and write your name into “reviewer”; an empty "
    "decision says that nobody has decided yet."
)


class Wrong(NamedTuple):
    """A cell that holds no text."""

    reason: str


class Record(NamedTuple):
    """The cells of a line of a sheet; `place` is that of the line, such as `row 7`."""

    place: str
    cells: Sequence[str | Wrong]


def cells(row: Reviewed) -> dict[str, str]:
    """The texts of a row, by column.

    Raises:
        UserError: one has half a character, which no file of text can hold.
    """
    machine = _machine_cells(row.caption)
    found = {**machine, EDITED: row.edited or "", "decision": str(row.decision), "note": row.note}
    found |= {"reviewer": row.reviewer, CHECK: _check(machine)}
    for column, text in found.items():
        if not is_utf8(text):
            raise UserError(f"{shown(row.caption.picture)}: its {column} is not Unicode text; correct or remove it")
    return {column: found[column] for column in COLUMNS}


def _machine_cells(caption: MachineCaption) -> dict[str, str]:
    values = caption._asdict() | {"caption": caption.text}
    return {column: "" if values[column] is None else str(values[column]) for column in MACHINE}


def _check(machine: dict[str, str]) -> str:
    return "".join(map(_digits, machine.items()))


def _digits(cell: tuple[str, str]) -> str:
    # Spreadsheet programs change the ends of lines in a cell.
    text = "\0".join(cell).replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def parsed(path: Path, records: Iterable[Record]) -> list[Reviewed]:
    """The rows of a sheet.

    Raises:
        UserError: columns are missing or unknown, or rows have faults; each is named with its row and column.
    """
    lines = iter(records)
    names = _header(path, lines)
    faults: list[str] = []
    rows: list[tuple[str, Reviewed]] = []
    for place, values in lines:
        if not any(isinstance(value, Wrong) or not is_blank(value) for value in values):
            continue
        # Cells without text at the end of a row need not be in the file.
        row = list(zip_longest(names, values, fillvalue=""))
        found = [*_no_text(row), *_faults(texts := {name: text for name, text in row if isinstance(text, str)})]
        faults += [f"{place}, {fault}" for fault in found]
        if not found:
            rows.append((place, _reviewed(texts)))
    faults += _contradictions(rows)
    if faults:
        more = [f"and {len(faults) - MOST_FAULTS:,} more faults"] if len(faults) > MOST_FAULTS else []
        raise UserError("\n".join(f"{path}: {fault}" for fault in [*faults[:MOST_FAULTS], *more]))
    return [row for _, row in rows]


def _header(path: Path, lines: Iterator[Record]) -> list[str]:
    """The column names in lower case; `lines` goes on behind them."""
    for _, (_, values) in zip(range(LINES_ABOVE), lines, strict=False):
        names = ["" if isinstance(value, Wrong) else value.strip().casefold() for value in values]
        if len({"picture", "caption", "decision"} & set(names)) < 2:
            continue
        if missing := [column for column in COLUMNS if column not in names]:
            raise UserError(f"{path}: missing columns: {', '.join(missing)}; take them from a copy of the sheet")
        if twice := next((name for name in names if name and names.count(name) > 1), None):
            raise UserError(f"{path}: the column {shown(twice)} is there twice; remove one")
        return names
    raise UserError(f"{path}: no review sheet; expected a line of column names: {', '.join(COLUMNS)}")


def _no_text(row: Iterable[tuple[str, str | Wrong]]) -> Iterator[str]:
    """Cells that hold no text, or a text in no column of a sheet."""
    for column, value in row:
        if isinstance(value, Wrong):
            yield f"{column or 'a column without a name'}: {value.reason}"
        elif not is_utf8(value):
            yield f"{column or 'a column without a name'}: {shown(value)} has half a character; type it again"
        elif column not in COLUMNS and not is_blank(value):
            named = shown(column) if column else "a column without a name"
            yield f"{named}: {shown(value)} is in none of the columns of a sheet; move it to `note`"


def _faults(texts: dict[str, str]) -> Iterator[str]:
    """What is wrong with the texts of a row, each with its column."""
    decision = texts.get("decision", "").strip().casefold()
    if decision not in set(Decision):
        yield f"decision: {shown(texts['decision'])}; expected approved, rejected or nothing"
    yield from _changed(texts)
    for column in NUMBERS:
        number = texts.get(column, "0")
        if not (number.isdecimal() and len(number) < MOST_DIGITS):
            yield f"{column}: {shown(number)}; expected a number from 0"
    if decision == Decision.APPROVED and all(is_blank(texts.get(name, "")) for name in (EDITED, "caption")):
        yield f"{EDITED}: the row is approved, but has no text; write one, or reject it"


def _changed(texts: dict[str, str]) -> Iterator[str]:
    """Each cell of the machine that is not as it was written."""
    check = texts.get(CHECK, "").strip()
    if len(check) != DIGITS * len(MACHINE):
        if CHECK in texts:
            yield f"{CHECK}: changed or empty; restore it from a copy of the sheet"
        return
    for number, column in enumerate(MACHINE):
        text = texts.get(column)
        if text is None or _digits((column, text)) == check[DIGITS * number : DIGITS * (number + 1)]:
            continue
        advice = f"write it into `{EDITED}`, and restore this cell" if column == "caption" else "restore it"
        fault = "changed" if text else "empty"
        yield f"{column}: {fault}, but the machine wrote this cell; {advice} from a copy of the sheet"


def _reviewed(texts: dict[str, str]) -> Reviewed:
    """A row without faults."""
    caption = MachineCaption(
        picture=texts["picture"],
        target=texts["target"],
        manifest=texts["manifest"] or None,
        image=texts["image"],
        width=int(texts["width"]),
        height=int(texts["height"]),
        digest=texts["digest"],
        rank=int(texts["rank"]),
        emotion=texts["emotion"] or None,
        text=texts["caption"],
        language=texts["language"],
        machine=texts["machine"],
        model=texts["model"],
    )
    edited = None if is_blank(texts[EDITED]) or texts[EDITED] == caption.text else texts[EDITED]
    decision = Decision(texts["decision"].strip().casefold())
    return Reviewed(caption, decision, edited, texts["note"], texts["reviewer"])


def _contradictions(rows: Iterable[tuple[str, Reviewed]]) -> Iterator[str]:
    """Rows that cannot both be in a sheet, each with the earlier one."""
    captions: dict[MachineCaption, str] = {}
    approved: dict[tuple[object, ...], str] = {}
    for place, row in rows:
        if (before := captions.setdefault(row.caption, place)) != place:
            yield f"{place}: the same caption as {before}; remove one of the two rows"
        elif row.decision is Decision.APPROVED:
            slot = (row.caption.target, row.caption.model, row.caption.rank, row.caption.emotion, row.caption.language)
            if (before := approved.setdefault(slot, place)) != place:
                yield f"{place}, decision: {before} is approved for the same picture, model and rank; reject one"
