"""`artemis review read`: how far a sheet is, and what leaves it."""

import hashlib
import io
import json
from pathlib import Path

import openpyxl
import pytest
from PIL import Image

from formats.review import sheet
from tests.commands.run import artemis
from tests.formats.review_rows import APPROVED, REJECTED, reviewed, thumbnail

ROWS = [
    reviewed(APPROVED, "a calm sea"),
    reviewed(APPROVED, picture="hill"),
    reviewed(REJECTED, picture="wood"),
    reviewed(picture="moor", note="later"),
]
SUMMARY = "4 captions: 2 approved (1 of them edited), 1 rejected, 1 open"


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    sheet.save(ROWS, Path("review.xlsx"), thumbnail)
    return Path("review.xlsx")


def annotations(path: str) -> list[tuple[str, str]]:
    """The texts and the targets of annotations."""
    items = json.loads(Path(path).read_text(encoding="utf-8"))["items"]
    return [(item["body"][0]["value"], item["target"]) for item in items]


def test_how_far_it_is(review: Path) -> None:
    assert artemis("review", "read", "review.xlsx") == (0, [f"review.xlsx: {SUMMARY}"], [])


def test_annotations_leave_out_what_is_rejected(review: Path) -> None:
    code, lines, _ = artemis("review", "read", "review.xlsx", "--out", "museum.jsonld")
    assert (code, lines[1]) == (0, "museum.jsonld: 3 captions; 1 left out")
    calm = "the sea feels calm"
    assert annotations("museum.jsonld") == [
        ("a calm sea", "images/sea.jpg"),
        (calm, "images/hill.jpg"),
        (calm, "images/moor.jpg"),
    ]


def test_only_approved_captions_on_request(review: Path) -> None:
    code, lines, _ = artemis("review", "read", "review.xlsx", "--out", "museum.jsonld", "--approved")
    assert (code, lines[1]) == (0, "museum.jsonld: 2 captions; 2 left out")
    assert [target for _, target in annotations("museum.jsonld")] == ["images/sea.jpg", "images/hill.jpg"]


def test_targets_lead_from_the_folder_that_is_written(review: Path) -> None:
    rows = [
        reviewed(target="images/caf%C3%A9%20%23.jpg"),
        reviewed(picture="hill", target="https://museum.example/canvas/1"),
    ]
    sheet.save(rows, review, thumbnail)
    artemis("review", "read", "review.xlsx", "--out", "public/museum.jsonld")
    assert [target for _, target in annotations("public/museum.jsonld")] == [
        "../images/caf%C3%A9%20%23.jpg",
        "https://museum.example/canvas/1",
    ]


@pytest.mark.parametrize("suffix", sheet.SUFFIXES)
def test_another_format(review: Path, suffix: str) -> None:
    code, _, _ = artemis("review", "read", "review.xlsx", "--out", f"other{suffix}")
    assert code == 0
    assert sheet.read(Path(f"other{suffix}")) == ROWS


def test_a_sheet_that_is_replaced_stays_as_a_backup(review: Path) -> None:
    hers = [reviewed(APPROVED, "hers")]
    sheet.save(hers, Path("hers.csv"), thumbnail)
    code, lines, _ = artemis("review", "read", "review.xlsx", "--out", "hers.csv")
    assert code == 0
    assert "hers.backup.csv" in lines[1]
    assert (sheet.read(Path("hers.csv")), sheet.read(Path("hers.backup.csv"))) == (ROWS, hers)
    # The same again replaces nothing, and the backup stays.
    code, lines, _ = artemis("review", "read", "review.xlsx", "--out", "hers.csv")
    assert (code, lines[1]) == (0, "hers.csv: 4 captions; 0 left out")
    assert sheet.read(Path("hers.backup.csv")) == hers
    Path(".~lock.hers.csv#").touch()
    code, _, errors = artemis("review", "read", "review.xlsx", "--out", "hers.csv")
    assert (code, ".~lock.hers.csv#" in errors[-1]) == (1, True)


def test_a_sheet_with_faults_that_is_replaced_stays_as_a_backup(review: Path) -> None:
    Path("hers.csv").write_text("no sheet")
    assert artemis("review", "read", "review.xlsx", "--out", "hers.csv")[0] == 0
    assert Path("hers.backup.csv").read_text() == "no sheet"


def test_a_manifest_of_others_is_told_of_before_any_work(review: Path) -> None:
    Path("museum.manifest.json").write_text("{}")
    code, _, errors = artemis("review", "read", "review.xlsx", "--out", "museum.jsonld")
    assert code == 1
    assert "museum.manifest.json" in errors[-1]


def test_another_format_has_thumbnails_of_the_same_pictures(review: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(file, "PNG")
    Path("my images").mkdir()
    for name in ("sea", "hill"):
        Path(f"my images/{name}.png").write_bytes(file.getvalue())
    digest = hashlib.sha256(file.getvalue()).hexdigest()
    rows = [reviewed(target="my%20images/sea.png", digest=digest), reviewed(target="my%20images/hill.png", picture="x")]
    sheet.save(rows, Path("review.csv"), thumbnail)
    artemis("review", "read", "review.csv", "--out", "review.xlsx")
    images = openpyxl.load_workbook("review.xlsx")["captions"]._images
    assert [(image.anchor._from.row, image.width) for image in images] == [(2, 280)]


def test_a_sheet_that_is_open_is_read_as_it_was_saved(review: Path) -> None:
    Path(".~lock.review.xlsx#").touch()
    code, lines, (problem,) = artemis("review", "read", "review.xlsx")
    assert (code, lines) == (0, [f"review.xlsx: {SUMMARY}"])
    assert ".~lock.review.xlsx#" in problem


def test_faults_are_named(review: Path) -> None:
    book = openpyxl.load_workbook(review)
    book["captions"]["E5"], book["captions"]["C6"] = "maybe", "another text"
    book.save(review)
    code, lines, problems = artemis("review", "read", "review.xlsx", "--out", "museum.jsonld")
    assert (code, lines) == (1, [])
    assert problems[0].startswith("artemis review read: review.xlsx: row 5, decision: 'maybe'")
    assert problems[1].startswith("review.xlsx: row 6, caption: ")
    assert not Path("museum.jsonld").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["gone.xlsx"], "gone.xlsx"),
        (["review.xlsx", "--approved"], "--out"),
        (["review.xlsx", "--out", "museum.json"], "museum.json"),
        (["review.xlsx", "--out", "review.xlsx"], "review.xlsx"),
    ],
)
def test_what_is_refused(review: Path, arguments: list[str], named: str) -> None:
    before = review.read_bytes()
    code, lines, (problem,) = artemis("review", "read", *arguments)
    assert (code, lines) == (1, [])
    assert named in problem
    assert review.read_bytes() == before
