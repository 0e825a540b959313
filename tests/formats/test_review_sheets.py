"""Review sheets in their three formats: what is written is read back, whatever the text."""

import csv
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formats.machine_captions import Decision, Reviewed
from formats.review import sheet
from formats.review.columns import COLUMNS, MACHINE
from formats.review.text_table import guarded, unguarded
from stages.common.errors import UserError
from stages.common.unicode_text import is_blank
from tests.formats.review_rows import APPROVED, REJECTED, caption, reviewed, thumbnail

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("'=+-@;\t\r\n x", max_size=6)
# Each was lost or changed by a library or a spreadsheet program on some way.
HARD = [
    *("=1+1", "'=1+1", "''=1+1", "-", "+1", "@SUM(A1)", "\t=1", "\r\n", "a;=1", "a;'=1", "\n'@x", "\uff1d1", " =1"),
    *("_x0041_", "_x005F_x0041_", "x005F_", "\x00\x01\x1f", "\ufffe\uffff", "\ufeff", "#N/A", "TRUE", "007", "1/2"),
    *('"', '",', "</script><!--", "&lt;", "\u2028", " spaces ", "e\u0301", "\U0001f5bc", "'tis", ",;\t|"),
]


@pytest.mark.parametrize("suffix", sheet.SUFFIXES)
@settings(deadline=None, max_examples=40)
@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(Decision))
@example(*HARD[:4], Decision.REJECTED)
def test_any_text_is_read_back(suffix: str, text: str, edited: str, note: str, name: str, decision: Decision) -> None:
    # What shows nothing is no text that could be approved.
    changed = edited if not is_blank(edited) and edited != text else None
    decision = Decision.OPEN if is_blank(text) and changed is None else decision
    row = Reviewed(caption(text, name, emotion=name or None, machine=text), decision, changed, note, name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"review{suffix}"
        sheet.save([row], path, lambda _: None)
        assert sheet.read(path) == [row]


@pytest.mark.parametrize("suffix", sheet.SUFFIXES)
def test_hard_texts_are_read_back(tmp_path: Path, suffix: str) -> None:
    rows = [
        Reviewed(caption(text, str(number), machine=text), APPROVED, f"{text}.", text, text)
        for number, text in enumerate(HARD)
        if not is_blank(text)
    ]
    path = tmp_path / f"review{suffix}"
    sheet.save(rows, path, thumbnail)
    assert sheet.read(path) == rows


@given(TEXTS)
@example("'=1")
@example("a;\n=1")
def test_no_cell_of_csv_begins_as_a_formula(text: str) -> None:
    written = guarded(text)
    assert unguarded(written) == text
    assert not written.startswith((*"=+-@\uff1d\uff0b\uff0d\uff20", "\t", "\r"))
    # Nor one of a program that splits at semicolons.
    assert not any(part.lstrip(" \t\r\n")[:1] in {*"=+-@"} for part in written.split(";"))


@pytest.mark.parametrize("text", ["=1+1", "#N/A", "007", "TRUE", "2026-11-27"])
def test_cells_of_xlsx_are_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "review.xlsx"
    sheet.save([reviewed(APPROVED, text, text=f"{text} ")], path, thumbnail)
    row = openpyxl.load_workbook(path)["captions"][3]
    for column, expected in (("caption", f"{text} "), ("edited text", text)):
        cell = row[COLUMNS.index(column)]
        assert (cell.value, cell.data_type, cell.number_format, cell.quotePrefix) == (expected, "s", "@", True)


def test_a_workbook_locks_what_the_machine_wrote(tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    sheet.save([reviewed(), reviewed(picture="hill")], path, thumbnail)
    table = openpyxl.load_workbook(path)["captions"]
    assert table.protection.sheet
    assert {COLUMNS[cell.column - 1] for cell in table[3] if cell.protection.locked} == {*MACHINE, "check"}
    assert table.freeze_panes == "B3"
    (choice,) = table.data_validations.dataValidation
    assert (choice.formula1, str(choice.sqref)) == ('"approved,rejected"', "E3:E4")
    assert [image.anchor._from.row for image in table._images] == [2, 3]
    assert "A machine wrote these captions" in table["A1"].value


def test_csv_is_for_excel(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save([reviewed(APPROVED, "größer")], path, thumbnail)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfpicture,emotion,caption,edited text,decision,note,reviewer,rank,")
    assert "größer".encode() in path.read_bytes()


@pytest.mark.parametrize(("separator", "ends"), [(";", "\r\n"), ("\t", "\n"), (",", "\n")])
def test_csv_of_other_countries(tmp_path: Path, separator: str, ends: str) -> None:
    rows = [reviewed(REJECTED, "one; two, three\tfour", "a\nb"), reviewed(picture="hill")]
    path = tmp_path / "review.csv"
    sheet.save(rows, path, thumbnail)
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        # As Excel saves the first sheet of a workbook: with the text above.
        csv.writer(file, delimiter=separator, lineterminator=ends).writerows([["A machine, as you know"], *table])
    assert sheet.read(path) == rows


def test_a_decision_may_be_typed(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save([reviewed(APPROVED)], path, thumbnail)
    path.write_text(path.read_text("utf-8-sig").replace(",approved,", ", APPROVED ,"), "utf-8")
    assert sheet.read(path) == [reviewed(APPROVED)]


def test_an_edit_that_changes_nothing_is_none(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    for same in ("the sea feels calm", " ", "\u200b"):
        sheet.save([reviewed(APPROVED, same)], path, thumbnail)
        assert sheet.read(path) == [reviewed(APPROVED)]


def test_a_text_that_no_cell_of_xlsx_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"sea\.jpg.*caption.*32,767"):
        sheet.save([reviewed(text="x" * 32_768)], tmp_path / "review.xlsx", thumbnail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", sheet.SUFFIXES)
@pytest.mark.parametrize("row", [reviewed(note="\ud83d"), reviewed(text="\ud83d")], ids=["note", "caption"])
def test_half_a_character_is_refused(tmp_path: Path, suffix: str, row: Reviewed) -> None:
    with pytest.raises(UserError, match=r"sea\.jpg.*(note|caption)"):
        sheet.save([row], tmp_path / f"review{suffix}", thumbnail)


@pytest.mark.parametrize("suffix", sheet.SUFFIXES)
def test_an_empty_sheet(tmp_path: Path, suffix: str) -> None:
    sheet.save([], tmp_path / f"review{suffix}", thumbnail)
    assert sheet.read(tmp_path / f"review{suffix}") == []
