"""The page of a sheet: how a person goes through it, by keyboard, with pauses, in two tabs, on a phone."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from formats.machine_captions import Reviewed
from formats.review import sheet
from tests.browser import faults, needs_browser, opened
from tests.formats.review_rows import APPROVED, REJECTED, reviewed, thumbnail

HARD = ["=1+1", "a;=1", "'=1", '"quoted", <b>', "\u200f\u05e9\u05dc", "_x0041_", "a\r\nb\rc", "\ufeff\x00\x1f"]
ROWS = [
    reviewed(),
    reviewed(text="the sea frightens me", rank=1, emotion="fear"),
    reviewed(REJECTED, "edited", "no", picture="hill"),
    *(reviewed(APPROVED, f"{text}!", text, picture=f"{number}", text=text) for number, text in enumerate(HARD)),
]


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    path = tmp_path / "my review.html"
    sheet.save(ROWS, path, lambda row: None if row.caption.picture == "hill.jpg" else thumbnail(row))
    return path


def saved(page: Page, folder: Path) -> list[Reviewed]:
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "my review.csv"
    download.value.save_as(folder / "saved.csv")
    return sheet.read(folder / "saved.csv")


def test_nothing_is_fetched_and_no_text_is_code(page_file: Path) -> None:
    text = page_file.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "<b>" not in text
    assert text.count("</script>") == 3


@needs_browser
def test_what_nobody_touches_is_saved_as_it_was(page_file: Path, tmp_path: Path) -> None:
    with opened() as page:
        page.goto(page_file.as_uri())
        assert page.inner_text("#progress") == f"{len(HARD) + 1} of {len(ROWS)} decided"
        assert saved(page, tmp_path) == ROWS


@needs_browser
def test_by_keyboard_alone(page_file: Path, tmp_path: Path) -> None:
    with opened() as page:
        page.goto(page_file.as_uri())
        page.keyboard.press("Tab")
        page.keyboard.type("Bo")
        # The filter, the button to save, and the button that copies the caption.
        for key in ("Tab", "Tab", "Tab", "Enter"):
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == "edit-0"
        page.keyboard.press("End")
        page.keyboard.type(", =1")
        for key in ("Tab", "ArrowUp", "ArrowUp", "Tab"):
            page.keyboard.press(key)
        page.keyboard.type("a note")
        first = saved(page, tmp_path)[0]
    assert (first.text, first.decision, first.note) == ("the sea feels calm, =1", APPROVED, "a note")
    assert (first.reviewer, first.caption) == ("Bo", ROWS[0].caption)


@needs_browser
def test_a_pause(page_file: Path, tmp_path: Path) -> None:
    with opened() as page:
        page.goto(page_file.as_uri())
        page.fill("#edit-2", "")
        page.locator("#row-2").get_by_text("Open").click()
        page.locator("#row-1").get_by_text("Rejected").click()
        page.reload()
        assert page.input_value("#edit-2") == ""
        # The name comes last, and is that of all that was decided here.
        page.fill("#reviewer", "Bo")
        rows = saved(page, tmp_path)
    assert (rows[1].decision, rows[1].reviewer) == (REJECTED, "Bo")
    assert (rows[2].decision, rows[2].edited, rows[2].note) == ("", None, "no")
    assert rows[3:] == ROWS[3:]


@needs_browser
def test_who_writes_a_note_has_not_decided(page_file: Path, tmp_path: Path) -> None:
    with opened() as page:
        page.goto(page_file.as_uri())
        page.fill("#reviewer", "Bo")
        page.fill("#note-2", "a question")
        page.fill("#note-0", "mine")
        rows = saved(page, tmp_path)
        assert [(row.note, row.reviewer) for row in (rows[2], rows[0])] == [("a question", "Ann"), ("mine", "")]
        page.locator("#row-2").get_by_text("Approved").click()
        assert saved(page, tmp_path)[2].reviewer == "Bo"


@needs_browser
def test_two_tabs(page_file: Path, tmp_path: Path) -> None:
    with opened() as page:
        page.goto(page_file.as_uri())
        other = page.context.new_page()
        other.goto(page_file.as_uri())
        page.locator("#row-0").get_by_text("Approved").click()
        other.locator("#row-1").get_by_text("Rejected").click()
        page.fill("#note-2", "seen")
        for tab in (page, other):
            tab.wait_for_function("document.getElementById('note-2').value === 'seen'")
            tab.wait_for_function("document.querySelector('[name=decision-1]:checked').value === 'rejected'")
            rows = saved(tab, tmp_path)
            assert [row.decision for row in rows[:3]] == [APPROVED, REJECTED, REJECTED]


@needs_browser
def test_a_sheet_that_somebody_else_has_changed(page_file: Path, tmp_path: Path) -> None:
    """What this browser keeps is of the row as it was; captions that were made again keep it."""
    with opened() as page:
        page.goto(page_file.as_uri())
        page.fill("#note-0", "mine")
        page.fill("#note-1", "mine")
        rows = [ROWS[-1], dataclasses.replace(ROWS[0], note="hers", reviewer="Ann"), ROWS[1]]
        sheet.save(rows, page_file, thumbnail)
        page.reload()
        assert [row.note for row in saved(page, tmp_path)[1:]] == ["hers", "mine"]


@needs_browser
def test_the_browser_can_save_the_page_itself(page_file: Path, tmp_path: Path) -> None:
    with opened() as page:
        page.goto(page_file.as_uri())
        page.fill("#edit-0", "</script> calm")
        copy = tmp_path / "copy.html"
        copy.write_text(page.content(), encoding="utf-8")
    assert sheet.read(copy)[0].text == "</script> calm"
    assert sheet.read(copy)[1:] == ROWS[1:]


@needs_browser
def test_the_filter(page_file: Path) -> None:
    with opened() as page:
        page.goto(page_file.as_uri())
        for value, count in (("approved", len(HARD)), ("rejected", 1), ("", 2), ("all", len(ROWS))):
            page.select_option("#filter", value)
            assert page.locator(".row:visible").count() == count
        page.locator("#row-2").get_by_text("Open").click()
        page.select_option("#filter", "rejected")
        assert page.is_visible("#nothing")


@needs_browser
def test_a_browser_that_keeps_nothing_says_so(page_file: Path, tmp_path: Path) -> None:
    with opened() as page:
        page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })")
        page.goto(page_file.as_uri())
        page.fill("#edit-0", "calm")
        assert ".csv" in page.inner_text("#unkept")
        assert saved(page, tmp_path)[0].text == "calm"


@needs_browser
@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 1280, "height": 860}},
        {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "color_scheme": "dark"},
    ],
    ids=["wide", "phone"],
)
def test_accessibility(page_file: Path, options: dict[str, Any]) -> None:
    with opened(**options) as page:
        page.goto(page_file.as_uri())
        page.click("#save")
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
