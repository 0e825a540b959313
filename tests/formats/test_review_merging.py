"""Captions are made again: what people decided stays."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.machine_captions import Decision, MachineCaption, Reviewed
from formats.review import sheet
from formats.review.columns import COLUMNS, Record, cells, parsed
from formats.review.merging import is_touched, merged
from formats.review.update import backup_of, check, update
from stages.common.errors import UserError
from tests.formats.review_rows import APPROVED, REJECTED, caption, reviewed, thumbnail


def test_the_first_captions_are_open() -> None:
    assert merged([], [caption(), caption(picture="hill")]) == [reviewed(), reviewed(picture="hill")]


def test_the_same_text_keeps_its_row() -> None:
    old = [reviewed(APPROVED, "calm", "fine"), reviewed(REJECTED, picture="hill"), reviewed(picture="wood")]
    new = [caption(picture=name, model="second", rank=1) for name in ("hill", "wood", "sea")]
    assert [(row.caption, row.decision, row.edited, row.note) for row in merged(old, new)] == [
        (new[0], REJECTED, None, ""),
        (new[1], "", None, ""),
        (new[2], APPROVED, "calm", "fine"),
    ]


@pytest.mark.parametrize(
    "old", [reviewed(REJECTED), reviewed(edited="calm"), reviewed(note="ask Ann")], ids=["rejected", "edited", "noted"]
)
def test_another_text_comes_beside_a_touched_row(old: Reviewed) -> None:
    new = caption("a storm", model="second")
    assert merged([old], [new]) == [old, Reviewed(new)]


def test_an_untouched_row_goes() -> None:
    new = caption("a storm", model="second")
    assert merged([reviewed()], [new]) == [Reviewed(new)]


def test_a_picture_with_an_approved_caption_is_done() -> None:
    old = reviewed(APPROVED)
    new = [caption("a storm", model="second"), caption("a fight", emotion="anger"), caption("Meer", language="de")]
    assert merged([old], new) == [old, *map(Reviewed, new[1:])]


def test_more_captions_of_the_same_model_come_beside_an_approved_one() -> None:
    new = [caption(), caption("a storm", rank=1)]
    assert merged([reviewed(APPROVED)], new) == [reviewed(APPROVED), Reviewed(new[1])]


def test_pictures_that_are_gone() -> None:
    old = [reviewed(APPROVED, picture="gone"), reviewed(picture="open and gone"), reviewed(picture="hill")]
    assert merged(old, [caption(picture="hill")]) == [old[2], old[0]]


def test_a_picture_that_has_moved() -> None:
    new = caption("a storm", target="elsewhere/sea.jpg", model="second")
    for old, text in ((reviewed(REJECTED), "the sea feels calm"), (reviewed(APPROVED, text="a storm"), "a storm")):
        row = merged([old], [new])[0]
        assert (row.caption.target, row.caption.text, row.decision) == (new.target, text, old.decision)


def test_a_picture_in_two_places() -> None:
    old = [reviewed(APPROVED, target="b.jpg"), reviewed(REJECTED, target="a.jpg")]
    new = [caption(target="a.jpg"), caption(target="b.jpg"), caption(target="c.jpg")]
    assert [(row.caption.target, row.decision) for row in merged(old, new)] == [
        ("a.jpg", REJECTED),
        ("b.jpg", APPROVED),
        ("c.jpg", ""),
    ]


def test_copies_of_a_picture_that_are_gone_stay_apart(tmp_path: Path) -> None:
    old = [reviewed(APPROVED, target="a.jpg"), reviewed(APPROVED, target="b.jpg")]
    rows = merged(old, [caption("a storm", target="c.jpg", model="second")])
    assert rows[:2] == old
    sheet.save(rows, tmp_path / "review.csv", thumbnail)
    assert sheet.read(tmp_path / "review.csv") == rows


PICTURES = st.sampled_from(["sea", "hill"])
PLACES = st.sampled_from(["a.jpg", "b.jpg"])
SAYINGS = st.sampled_from(["calm", "stormy", "green"])
DECIDED = st.tuples(st.sampled_from(Decision), st.sampled_from([None, "mine"]), st.sampled_from(["", "a note"]))


@st.composite
def answers(draw: st.DrawFn, model: str) -> list[MachineCaption]:
    """A model's captions of pictures in places: any texts, the ranks of a place from 0."""
    found: list[MachineCaption] = []
    for picture in draw(st.lists(PICTURES, unique=True)):
        for place in draw(st.lists(PLACES, unique=True)):
            texts = draw(st.lists(SAYINGS, min_size=1, max_size=3))
            found += [
                caption(text, picture, target=f"{picture}/{place}", rank=rank, model=model)
                for rank, text in enumerate(texts)
            ]
    return found


@settings(deadline=None)
@given(st.data())
def test_nothing_that_people_wrote_is_lost_over_any_models(data: st.DataObject) -> None:
    rows: list[Reviewed] = []
    for model in data.draw(st.lists(st.sampled_from(["first", "second", "third"]), unique=True)):
        before = Counter(written(row) for row in rows if is_touched(row))
        rows = merged(rows, data.draw(answers(model)))
        assert Counter(written(row) for row in rows if is_touched(row)) == before
        assert parsed(Path("review.csv"), records(rows)) == rows
        rows = [
            replace(row, decision=said[0], edited=said[1], note=said[2])
            for row in rows
            for said in [data.draw(DECIDED)]
        ]


def test_another_picture_in_the_place_of_an_approved_one(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    sheet.save(
        [reviewed(APPROVED, target="1.jpg"), reviewed(APPROVED, picture="hill", target="2.jpg")], path, thumbnail
    )
    # The first picture is deleted, and the second gets its name.
    said = update(path, [caption(picture="hill", target="1.jpg")], thumbnail)
    assert "rejected 1 of them" in said
    own, displaced = sheet.read(path)
    assert (own.caption.digest, own.caption.target, own.decision) == ("hill", "1.jpg", APPROVED)
    assert (displaced.caption.digest, displaced.decision, displaced.reviewer) == ("sea", REJECTED, "Ann")
    assert displaced.note == "[was approved: another picture is in this place now]"
    assert "nothing new" in update(path, [caption(picture="hill", target="1.jpg")], thumbnail)


def test_a_new_photograph_at_an_address_of_the_web() -> None:
    old = reviewed(APPROVED, target="https://museum.example/canvas/1")
    new = caption("a storm", picture="new", target=old.caption.target)
    assert merged([old], [new]) == [Reviewed(new), old]
    both = merged([old, Reviewed(new, APPROVED)], [new])
    assert [row.decision for row in both] == [APPROVED, REJECTED]


@settings(deadline=None)
@given(st.data())
def test_wherever_pictures_move_the_sheet_can_be_read(data: st.DataObject) -> None:
    rows: list[Reviewed] = []
    for model in data.draw(st.lists(st.sampled_from(["first", "second"]), max_size=4)):
        before = Counter(kept(row) for row in rows if is_touched(row))
        held = data.draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["sea", "hill", "wood"])))
        rows = merged(
            rows, [caption(f"{picture}, {model}", picture, target=to, model=model) for to, picture in held.items()]
        )
        assert Counter(kept(row) for row in rows if is_touched(row)) == before
        assert parsed(Path("review.csv"), records(rows)) == rows
        for row in rows:
            place = row.caption.target
            assert row.decision is REJECTED or held.get(place, row.caption.digest) == row.caption.digest
        said = [data.draw(DECIDED) for _ in rows]
        places = [
            (row.caption.target, row.caption.model) if each[0] is APPROVED else None
            for row, each in zip(rows, said, strict=True)
        ]
        # Nobody approves two captions of one place.
        rows = [
            replace(
                row,
                decision=each[0] if place is None or place not in places[:number] else REJECTED,
                edited=each[1],
                note=each[2],
            )
            for number, (row, each, place) in enumerate(zip(rows, said, places, strict=True))
        ]


def kept(row: Reviewed) -> tuple[str, ...]:
    """Of a row what stays, whatever happens to its picture."""
    return row.caption.digest, row.caption.text, row.text


def written(row: Reviewed) -> tuple[str, ...]:
    return row.caption.digest, row.caption.text, row.decision, row.text, row.note


def records(rows: Sequence[Reviewed]) -> Iterator[Record]:
    yield Record("names", COLUMNS)
    for number, row in enumerate(rows):
        yield Record(f"row {number}", list(cells(row).values()))


@pytest.mark.parametrize("suffix", sheet.SUFFIXES)
def test_a_sheet_over_three_models(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"review{suffix}"
    assert "2 open" in update(path, [caption(), caption(picture="hill")], thumbnail)
    assert list(tmp_path.iterdir()) == [path]
    decided = [reviewed(APPROVED, "a calm sea"), reviewed(REJECTED, picture="hill")]
    sheet.save(decided, path, thumbnail)
    second = [caption("a storm", model="second"), caption("green", "hill", model="second")]
    said = update(path, second, thumbnail)
    assert "1 approved (1 of them edited), 1 rejected, 1 open; kept 2 " in said
    assert "left out 1 " in said
    assert sheet.read(path) == [*decided, Reviewed(second[1])]
    assert sheet.read(backup_of(path)) == decided
    # The third writes what the first did.
    update(path, [caption(picture="hill", model="third"), caption(model="third")], thumbnail)
    assert [(row.caption.model, row.decision) for row in sheet.read(path)] == [("third", REJECTED), ("third", APPROVED)]


def test_a_sheet_without_news_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    update(path, [caption()], thumbnail)
    before = path.read_bytes()
    assert "nothing new" in update(path, [caption()], thumbnail)
    assert path.read_bytes() == before
    assert not backup_of(path).exists()


@pytest.mark.parametrize("lock", ["~$review.xlsx", ".~lock.review.xlsx#"])
def test_a_sheet_that_is_open_is_left_alone(tmp_path: Path, lock: str) -> None:
    path = tmp_path / "review.xlsx"
    update(path, [caption()], thumbnail)
    before = path.read_bytes()
    (tmp_path / lock).touch()
    for attempt in (lambda: check(path), lambda: update(path, [caption("a storm")], thumbnail)):
        with pytest.raises(UserError) as caught:
            attempt()
        assert lock in str(caught.value)
    assert path.read_bytes() == before


def test_a_sheet_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text("my notes", "utf-8")
    with pytest.raises(UserError, match=r"review\.csv"):
        update(path, [caption()], thumbnail)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("review.csv", "my notes")]


def test_a_sheet_that_is_saved_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "review.html"
    update(path, [caption()], thumbnail)

    def saving(_: Reviewed) -> None:
        path.write_text(path.read_text("utf-8") + "<!-- saved -->", "utf-8")

    with pytest.raises(UserError, match=r"review\.html: was changed"):
        update(path, [caption("a storm")], saving)
    assert path.read_text("utf-8").endswith("<!-- saved -->")


def test_a_folder_without_a_sheet(tmp_path: Path) -> None:
    assert check(tmp_path / "review.xlsx") == []
    with pytest.raises(UserError, match=r"review\.docx"):
        check(tmp_path / "review.docx")
