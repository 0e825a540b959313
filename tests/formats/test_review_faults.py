"""What is wrong in a sheet that comes back, named by file, row and column."""

import csv
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from formats.review import sheet
from formats.review.columns import COLUMNS, MACHINE
from stages.common.errors import UserError
from tests.formats.review_rows import APPROVED, caption, reviewed, thumbnail

ROWS = [reviewed(APPROVED, "a calm sea"), reviewed(picture="hill")]


def spoilt(folder: Path, change: Callable[[list[dict[str, str]]], None]) -> str:
    """The message about a sheet of `ROWS` after a change."""
    path = folder / "review.csv"
    sheet.save(ROWS, path, thumbnail)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), restval="")
        table.writeheader()
        table.writerows(rows)
    with pytest.raises(UserError) as caught:
        sheet.read(path)
    return str(caught.value)


@pytest.mark.parametrize("column", MACHINE)
@pytest.mark.parametrize("value", ["other", ""])
def test_a_changed_cell_of_the_machine(tmp_path: Path, column: str, value: str) -> None:
    empty = column == "manifest"
    message = spoilt(tmp_path, lambda rows: rows[1].update({column: value or "x" * empty}))
    assert re.search(rf"review\.csv: row 3, {column}: ", message)


@pytest.mark.parametrize("value", ["", "0123", "x" * 60])
def test_a_changed_check(tmp_path: Path, value: str) -> None:
    assert "row 2, " in spoilt(tmp_path, lambda rows: rows[0].update(check=value))


@pytest.mark.parametrize("decision", ["yes", "approve", "approved, I think", "x"])
def test_an_unknown_decision(tmp_path: Path, decision: str) -> None:
    message = spoilt(tmp_path, lambda rows: rows[1].update(decision=decision))
    assert "row 3, decision: " in message
    assert repr(decision) in message


def test_an_approved_row_without_text(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save([reviewed(APPROVED, text=" ")], path, thumbnail)
    with pytest.raises(UserError, match="row 2, edited text: "):
        sheet.read(path)
    sheet.save([reviewed(APPROVED, "calm", text=" ")], path, thumbnail)
    assert sheet.read(path)[0].text == "calm"


def test_two_approved_captions_of_one_rank(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save([reviewed(APPROVED), reviewed(APPROVED, text="so calm")], path, thumbnail)
    with pytest.raises(UserError, match=r"row 3, decision: row 2 is approved"):
        sheet.read(path)
    both = [
        reviewed(APPROVED),
        reviewed(APPROVED, text="so calm", rank=1),
        reviewed(APPROVED, emotion="fear"),
        reviewed(APPROVED, text="so calm", model="second"),
    ]
    sheet.save(both, path, thumbnail)
    assert sheet.read(path) == both


def test_a_row_twice(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save([reviewed(), reviewed(APPROVED)], path, thumbnail)
    with pytest.raises(UserError, match="row 3: the same caption as row 2"):
        sheet.read(path)


def test_a_missing_column(tmp_path: Path) -> None:
    def removed(rows: list[dict[str, str]]) -> None:
        for row in rows:
            del row["digest"]

    message = spoilt(tmp_path, removed)
    assert "missing columns: digest;" in message


def test_a_column_of_ones_own(tmp_path: Path) -> None:
    def added(rows: list[dict[str, str]]) -> None:
        for name in ("mine", " ", "  "):
            rows[0][name], rows[1][name] = "", "text"

    message = spoilt(tmp_path, added)
    assert "row 3, 'mine': 'text'" in message
    assert message.count("row 3, a column without a name: 'text'") == 2


def test_all_faults_are_named_but_not_a_thousand(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save([reviewed(picture=str(number)) for number in range(1000)], path, thumbnail)
    path.write_text(path.read_text("utf-8-sig").replace("the sea feels calm,,,", "the sea feels calm,,maybe,"), "utf-8")
    with pytest.raises(UserError) as caught:
        sheet.read(path)
    lines = str(caught.value).splitlines()
    assert [line.split(",")[0].split()[-1] for line in lines[:-1]] == [str(row) for row in range(2, 22)]
    assert "980" in lines[-1]


@pytest.mark.parametrize(
    ("value", "column"),
    [("=1+1", "edited text"), (7, "note"), (True, "decision"), ("#N/A", "edited text")],
    ids=["formula", "number", "truth", "error"],
)
def test_cells_of_xlsx_that_are_no_text(tmp_path: Path, value: object, column: str) -> None:
    path = tmp_path / "review.xlsx"
    sheet.save(ROWS, path, thumbnail)
    book = openpyxl.load_workbook(path)
    book["captions"].cell(4, COLUMNS.index(column) + 1).value = value
    book.save(path)
    with pytest.raises(UserError, match=rf"review\.xlsx: row 4, {column}: "):
        sheet.read(path)


def test_a_workbook_that_excel_has_saved(tmp_path: Path) -> None:
    """Excel keeps all texts in one table, where openpyxl mistakes texts that look like escapes."""
    path = tmp_path / "review.xlsx"
    rows = [reviewed(APPROVED, "_x0041_\x01 _x005F_"), reviewed(picture="x005F_", note="x005F_")]
    sheet.save(rows, path, thumbnail)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    page = parts["xl/worksheets/sheet1.xml"].decode()
    texts = re.findall(r"<is>(.*?)</is>", page, re.DOTALL)
    numbers = iter(range(len(texts)))
    page = re.sub(r"<is>.*?</is>", lambda _: f"<v>{next(numbers)}</v>", page, flags=re.DOTALL).replace("inlineStr", "s")
    parts["xl/worksheets/sheet1.xml"] = page.encode()
    table = "".join(f"<si>{text}</si>" for text in texts)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{space}">{table}</sst>'.encode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", part.encode())
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    assert sheet.read(path) == rows


@pytest.mark.parametrize("suffix", sheet.SUFFIXES)
@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x00\xff\xfe,;", b"a,b\n1,2\n", b"\xff\xfea\x00", b"<p>x</p>"]
)
def test_not_a_sheet_at_all(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"review{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError, match=re.escape(path.name)):
        sheet.read(path)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"columns": 1}', "[" * 100_000, '{"columns": [1], "rows": [[2]], "slots": ["x"]}']
)
def test_a_damaged_page(tmp_path: Path, content: str) -> None:
    path = tmp_path / "review.html"
    path.write_text(f'<script type="application/json" id="sheet">{content}</script>', "utf-8")
    with pytest.raises(UserError, match=r"review\.html"):
        sheet.read(path)


@pytest.mark.parametrize("name", ["gone.xlsx", "gone.csv", "gone.html", "review.ods", "review"])
def test_no_sheet(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=name):
        sheet.read(tmp_path / name)


def test_a_rank_that_somebody_has_signed(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save([reviewed(rank=-1)], path, thumbnail)
    with pytest.raises(UserError, match="row 2, rank: '-1'"):
        sheet.read(path)


def test_a_page_that_a_browser_has_saved(tmp_path: Path) -> None:
    path = tmp_path / "review.html"
    sheet.save(ROWS, path, thumbnail)
    text = path.read_text("utf-8")
    slot = re.findall(r'"slots": \["[0-9a-f]+", "([0-9a-f]+)"\]', text)[0]
    done = {slot: {"edited text": "high", "decision": "approved", "note": "", "reviewer": "Bo"}}
    path.write_text(text.replace('id="done">{}', f'id="done">{json.dumps(done)}'), "utf-8")
    first, second = sheet.read(path)
    assert first == ROWS[0]
    assert (second.caption, second.text, second.decision) == (caption(picture="hill"), "high", APPROVED)
    assert second.reviewer == "Bo"


def test_half_a_character(tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    sheet.save(ROWS, path, thumbnail)
    book = openpyxl.load_workbook(path)
    book["captions"].cell(3, COLUMNS.index("note") + 1).value = "_xD83D_"
    book.save(path)
    with pytest.raises(UserError, match=r"review\.xlsx: row 3, note: "):
        sheet.read(path)


def test_a_workbook_with_other_sheets_and_its_columns_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    sheet.save(ROWS, path, thumbnail)
    book = openpyxl.load_workbook(path)
    table = book["captions"]
    # The empty cells of `manifest` come last, so that the rows end before them.
    names = [cell.value for cell in table[2]]
    manifest, last = names.index("manifest") + 1, len(names)
    for row in range(2, 5):
        values = [table.cell(row, column).value for column in range(1, last + 1)]
        values.append(values.pop(manifest - 1))
        for column, value in enumerate(values, start=1):
            table.cell(row, column).value = value
    book.create_sheet("ours", 0)["A1"] = "a list"
    book.save(path)
    assert sheet.read(path) == ROWS
