"""Review sheets as .xlsx workbooks: thumbnails, a list to choose the decision from, and locked cells of the machine."""

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.units import pixels_to_EMU
from openpyxl.worksheet.datavalidation import DataValidation

from formats.machine_captions import Decision, Reviewed
from formats.review.columns import ABOUT, COLUMNS, STAFF, Record, Wrong, cells
from formats.review.thumbnails import Thumbnail
from formats.review.workbook_text import LONGEST, Reader, escaped, unescaped
from stages.common.errors import UserError
from stages.common.text_files import first_bytes, shown

# In characters; the other columns are technical.
WIDTHS = {"picture": 24, "emotion": 14, "caption": 38, "edited text": 38, "decision": 13, "note": 24, "reviewer": 16}
TECHNICAL_WIDTH = 14
# In pixels: the room of a thumbnail, and of the picture's name below it.
THUMBNAIL, NAME = (160, 116), 40
POINTS_PER_PIXEL = 0.75
HEADER, TITLE = 2, "captions"
DECISIONS = [Decision.APPROVED.value, Decision.REJECTED.value]
INK, SOFT = Font(name="Calibri", size=11), Font(name="Calibri", size=9, color="FF6B675F")
HEAD, MACHINE = PatternFill("solid", fgColor="FF2F4F7F"), PatternFill("solid", fgColor="FFF3F1EC")
LINE = Side(style="thin", color="FFD5D0C6")
SHADES = {Decision.APPROVED: "FFDDEFDC", Decision.REJECTED: "FFF6DCD9"}


def write(rows: Iterable[Reviewed], path: Path, thumbnail: Thumbnail) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = TITLE
    _head(sheet)
    number = HEADER
    for number, row in enumerate(rows, start=HEADER + 1):
        for place, (column, text) in enumerate(cells(row).items(), start=1):
            _fill(sheet.cell(number, place), column, text, row)
        sheet.row_dimensions[number].height = (THUMBNAIL[1] + NAME) * POINTS_PER_PIXEL
        if picture := thumbnail(row):
            _picture(sheet, number, picture)
    _arrange(sheet, number)
    book.save(path)


def _head(sheet: Any) -> None:
    """What to do, and the column names."""
    sheet["A1"] = ABOUT
    sheet["A1"].alignment = Alignment(wrap_text=True, vertical="center")
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(WIDTHS))
    sheet.row_dimensions[1].height = 50
    for place, column in enumerate(COLUMNS, start=1):
        cell = sheet.cell(HEADER, place, column)
        cell.font, cell.fill = Font(name="Calibri", bold=True, color="FFFFFFFF"), HEAD
        cell.alignment = Alignment(vertical="center")
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column, TECHNICAL_WIDTH)
    sheet.row_dimensions[HEADER].height = 22


def _fill(cell: Cell, column: str, text: str, row: Reviewed) -> None:
    content = escaped(text)
    if len(content.encode("utf-16-le")) // 2 > LONGEST:
        limit = f"a cell of .xlsx holds {LONGEST:,}"
        raise UserError(
            f"{shown(row.caption.picture)}: its {column} has {len(text):,} characters, but {limit}; use .csv"
        )
    if content:
        cell.value = content
        # Text as it is, also where it looks like a formula, an error, a number or a date; and if someone edits it.
        cell.data_type, cell.quotePrefix = "s", True
    cell.number_format = "@"
    staff = column in STAFF
    cell.protection = Protection(locked=not staff)
    cell.font = INK if column in WIDTHS and column != "picture" else SOFT
    cell.alignment = Alignment(wrap_text=column in WIDTHS, vertical="bottom" if column == "picture" else "top")
    cell.border = Border(bottom=LINE, right=LINE)
    if not staff:
        cell.fill = MACHINE


def _picture(sheet: Any, row: int, content: bytes) -> None:
    """Anchored to its cell, so that a filter hides it with the row."""
    image = Image(io.BytesIO(content))
    scale = min(THUMBNAIL[0] / image.width, THUMBNAIL[1] / image.height)
    size = [max(1, round(side * scale)) for side in (image.width, image.height)]
    corners = [
        AnchorMarker(col=0, row=row - 1, colOff=pixels_to_EMU(x), rowOff=pixels_to_EMU(y))
        for x, y in ((3, 3), (3 + size[0], 3 + size[1]))
    ]
    image.anchor = TwoCellAnchor(editAs="twoCell", _from=corners[0], to=corners[1])
    sheet.add_image(image)


def _arrange(sheet: Any, last: int) -> None:
    """Panes, filter, choices, locks and print layout."""
    first = HEADER + 1
    sheet.freeze_panes = f"B{first}"
    sheet.auto_filter.ref = f"A{HEADER}:{get_column_letter(len(COLUMNS))}{max(last, first)}"
    column = get_column_letter(COLUMNS.index("decision") + 1)
    cells_ = f"{column}{first}:{column}{max(last, first)}"
    choice = DataValidation(type="list", formula1=f'"{",".join(DECISIONS)}"', allow_blank=True, showErrorMessage=True)
    choice.errorTitle, choice.error = "Decision", "Choose approved or rejected, or leave the cell empty."
    choice.add(cells_)
    sheet.add_data_validation(choice)
    for decision, colour in SHADES.items():
        shade = PatternFill("solid", bgColor=colour)
        sheet.conditional_formatting.add(cells_, CellIsRule("equal", [f'"{decision.value}"'], fill=shade))
    sheet.protection.sheet = True
    # False allows it.
    sheet.protection.autoFilter = sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER}:{HEADER}"
    sheet.print_area = f"A1:{get_column_letter(len(WIDTHS))}{max(last, first)}"


def records(path: Path) -> Iterator[Record]:
    """The lines of the sheet of a workbook.

    Raises:
        UserError: there is no such file, or it is no workbook.
    """
    first_bytes(path, zipped=True)
    try:
        with warnings.catch_warnings():
            # Of what else is in a workbook: styles, dates out of range.
            warnings.simplefilter("ignore")
            reader = Reader(path, read_only=True)
            reader.read()
            with closing(reader.wb):
                sheet = reader.wb[TITLE] if TITLE in reader.wb.sheetnames else reader.wb.worksheets[0]
                # Some programs write wrong ones.
                sheet.reset_dimensions()
                lines = [list(map(_text, line)) for line in sheet.iter_rows()]
    # openpyxl raises every kind on a damaged workbook: zipfile's, KeyError, ValueError, those of XML.
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        advice = "take a copy of the sheet, or save it as .xlsx again"
        raise UserError(f"{path}: no workbook that can be read ({reason}); {advice}") from None
    for number, line in enumerate(lines, start=1):
        yield Record(f"row {number}", line)


def _text(cell: Any) -> str | Wrong:
    if cell.value is None:
        return ""
    if cell.data_type == "f":
        return Wrong("a formula; expected text: write an apostrophe before it, or remove it")
    if not isinstance(cell.value, str) or cell.data_type == "e":
        return Wrong(
            f"{shown(str(cell.value))} is a number, a date or an error; format the cell as text, and type it again"
        )
    return unescaped(cell.value)
