"""Review sheets: tables of captions that staff edit and approve, as .xlsx, .csv or .html by suffix."""

from collections.abc import Sequence
from pathlib import Path

from formats.machine_captions import Reviewed
from formats.review import page, text_table
from formats.review.columns import parsed
from formats.review.thumbnails import Thumbnail
from stages.common.errors import UserError
from stages.common.files import atomic_write

SUFFIXES = (".xlsx", ".csv", ".html")


def save(rows: Sequence[Reviewed], path: Path, thumbnail: Thumbnail) -> None:
    """Write a sheet.

    Raises:
        UserError: the suffix is none of `SUFFIXES`, the file cannot be written, or a text does not fit into it.
    """
    require_known(path)
    with atomic_write(path) as beside:
        write(rows, beside, thumbnail)


def write(rows: Sequence[Reviewed], path: Path, thumbnail: Thumbnail) -> None:
    """As `save`, but in place."""
    match path.suffix.lower():
        case ".xlsx":
            # openpyxl takes a quarter of a second, and Pillow with it.
            from formats.review import workbook

            workbook.write(rows, path, thumbnail)
        case ".csv":
            text_table.write(rows, path)
        case _:
            page.write(rows, path, thumbnail)


def read(path: Path) -> list[Reviewed]:
    """The rows of a sheet.

    Raises:
        UserError: there is no such file, it is no sheet, or rows have faults, which are named by row and column.
    """
    require_known(path)
    match path.suffix.lower():
        case ".xlsx":
            from formats.review import workbook

            return parsed(path, workbook.records(path))
        case ".csv":
            return parsed(path, text_table.records(path))
        case _:
            return parsed(path, page.records(path))


def require_known(path: Path) -> None:
    """Refuse a suffix that no sheet has."""
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path}: a review sheet is a file {', '.join(SUFFIXES)}; choose one of these endings")
