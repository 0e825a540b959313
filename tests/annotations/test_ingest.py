"""A stranger's CSV, record by record."""

from pathlib import Path

import pytest

from stages.annotations.ingest import KINDS, Annotation, Reject
from stages.annotations.sources import read as read_file
from stages.common.errors import UserError

HEADER = "art_style,painting,emotion,utterance,repetition\n"
KNOWN = "amusement, awe, contentment, excitement, anger, disgust, fear, sadness, something else"


def read(tmp_path: Path, text: str | bytes) -> list[Annotation | Reject]:
    file = tmp_path / "annotations.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_file(file))


def only(tmp_path: Path, row: str | bytes) -> Annotation | Reject:
    """The one record of a file with a good row before it and one behind."""
    good = b"Cubism,guernica,fear,all is broken,2\n"
    row = row if isinstance(row, bytes) else row.encode()
    first, middle, last = read(tmp_path, HEADER.encode() + good + row + b"\n" + good)
    assert first == Annotation(1, "Cubism", "guernica", "fear", "all is broken", 2)
    assert last == Annotation(3, "Cubism", "guernica", "fear", "all is broken", 2)
    return middle


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Cubism,a,joy,so good,1", f"unknown emotion 'joy'; known are {KNOWN}"),
        ("Cubism,a,Awe,so good,1", f"unknown emotion 'Awe'; known are {KNOWN}"),
        ("Cubism,a,awe,,1", "empty utterance"),
        ('Cubism,a,awe," \n\t",1', "empty utterance"),
        ("Cubism,a,awe,so good", "4 fields where the header has 5"),
        ("Cubism,a,awe,so, so good,1", "6 fields where the header has 5"),
        ("", "0 fields where the header has 5"),
        ("../x,a,awe,so good,1", "art_style '../x' would leave the picture folder"),
        ("Cubism,a/b,awe,so good,1", "painting 'a/b' would leave the picture folder"),
        ("Cubism,a\\b,awe,so good,1", "painting 'a\\\\b' would leave the picture folder"),
        ("Cubism,..,awe,so good,1", "painting '..' would leave the picture folder"),
        (".,a,awe,so good,1", "art_style '.' would leave the picture folder"),
        ("Cubism,a\0b,awe,so good,1", "painting 'a\\x00b' would leave the picture folder"),
        (",a,awe,so good,1", "empty art_style"),
        ("Cubism,,awe,so good,1", "empty painting"),
        ("Cubism,a,awe,so good,", "repetition '' is not a count"),
        ("Cubism,a,awe,so good,-1", "repetition '-1' is not a count"),
        ("Cubism,a,awe,so good,2.0", "repetition '2.0' is not a count"),
        ("Cubism,a,awe,so good,²", "repetition '²' is not a count"),
        # It would not fit into the table's 32 bits.
        ("Cubism,a,awe,so good,4294967297", "repetition '4294967297' is not a count"),
    ],
)
def test_a_record_that_cannot_be_used(tmp_path: Path, row: str, reason: str) -> None:
    found = only(tmp_path, row)
    assert isinstance(found, Reject)
    assert (found.record, found.reason) == (2, reason)
    assert found.row == row.replace('"', "")
    assert found.kind in KINDS


def test_malformed_utf_8_costs_one_record(tmp_path: Path) -> None:
    found = only(tmp_path, b"Cubism,a,awe,a caf\xe9 at night,1")
    assert found == Reject(2, "malformed_utf8", "malformed UTF-8", "Cubism,a,awe,a caf\\xe9 at night,1")


@pytest.mark.parametrize("name", ["null", "nan", "NA", "None", "0", "joaquã\u00adn-sorolla", "-", "x.y", "..x", "名"])
def test_names_stay_what_they_are(tmp_path: Path, name: str) -> None:
    expected = Annotation(2, name, name, "something else", "null", 1)
    assert only(tmp_path, f"{name},{name},something else,null,1") == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_inside_quotes_belong_to_the_utterance(tmp_path: Path, end: str) -> None:
    text = f'Cubism,a,awe,"so ""good"",{end}so calm",1'
    found = read(tmp_path, HEADER.replace("\n", end) + text + end + "Cubism,b,fear,dark,2" + end)
    assert found == [
        Annotation(1, "Cubism", "a", "awe", f'so "good",{end}so calm', 1),
        Annotation(2, "Cubism", "b", "fear", "dark", 2),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + HEADER.encode() + b"Cubism,a,awe,so good,1") == [
        Annotation(1, "Cubism", "a", "awe", "so good", 1)
    ]


def test_columns_in_any_order_with_others_among_them(tmp_path: Path) -> None:
    found = read(tmp_path, "emotion,worker,utterance,painting,art_style\nawe,w7,so good,a,Cubism\n")
    assert found == [Annotation(1, "Cubism", "a", "awe", "so good", None)]


def test_an_utterance_longer_than_the_csv_module_allows_by_default(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER + f"Cubism,a,awe,{'x' * 200_000},1\n")
    assert isinstance(found[0], Annotation)
    assert len(found[0].utterance) == 200_000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty; expected a table with the columns art_style, painting, emotion, utterance"),
        ("art_style,painting,emotion\n", "no column utterance; found art_style, painting, emotion"),
        ("style,painting,emotion,text\n", "no column art_style, utterance; found style, painting, emotion, text"),
        (
            "art_style;painting;emotion;utterance\n",
            "no column art_style, painting, emotion, utterance; found art_style;painting;emotion;utterance "
            "in one field; it is commas that separate fields here",
        ),
        ("\n", "no column art_style, painting, emotion, utterance; found "),
    ],
)
def test_no_table_of_annotations(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, content)
    assert str(caught.value) == f"{tmp_path / 'annotations.csv'}: {sentence}"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told(tmp_path: Path, codec: str) -> None:
    with pytest.raises(UserError, match=r"annotations\.csv: not UTF-8 but UTF-16; save it as UTF-8"):
        read(tmp_path, f"\ufeff{HEADER}".encode(codec))


def test_a_field_without_end_is_told_by_its_line(tmp_path: Path) -> None:
    text = HEADER + 'Cubism,a,awe,so good,1\nCubism,b,awe,"' + "far too long\n" * (1 << 21)
    with pytest.raises(UserError, match=r"annotations.csv: no CSV from line [\d,]+ on: field larger than field limit"):
        read(tmp_path, text)


def test_a_quote_that_is_never_closed_is_told_by_the_line_of_its_record(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, HEADER + 'Cubism,a,awe,"so\ngood",1\nCubism,b,awe,"so good,1\nCubism,c,awe,dark,1\n')
    told = "a quote in the record that starts in line 4 is never closed; close it, or double it where it is meant"
    assert str(caught.value) == f"{tmp_path / 'annotations.csv'}: {told}"


def test_a_quote_that_the_next_one_closes_costs_the_lines_between(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER + 'Cubism,a,awe,"open,1\nCubism,b,awe,"dark",1\nCubism,c,awe,grey,1\n')
    row = 'Cubism,a,awe,"open,1\nCubism,b,awe,"dark",1'
    assert found == [
        Reject(1, "quoting", "text after a closing quote", row),
        Annotation(2, "Cubism", "c", "awe", "grey", 1),
    ]


def test_blank_lines_at_the_end_are_no_records(tmp_path: Path) -> None:
    good = "Cubism,a,awe,so good,1\n"
    assert len(read(tmp_path, HEADER + good + "\n\r\n\n")) == 1
    found = read(tmp_path, HEADER + good + "\n\n" + good + "\n")
    assert [(record.record, type(record)) for record in found] == [
        (1, Annotation),
        (2, Reject),
        (3, Reject),
        (4, Annotation),
    ]


def test_a_column_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"more than one column emotion; keep one$"):
        read(tmp_path, "art_style,painting,emotion,emotion,utterance\n")


def test_what_was_taken_down_leaves_no_text(tmp_path: Path) -> None:
    file = tmp_path / "annotations.csv"
    file.write_text(HEADER + "Cubism,a,awe,one,1\nCubism,b,joy,two,1\nCubism,b,awe,three,1,9\nCubism,c,awe,four,1\n")

    def excluded(record: int, artwork: tuple[str, str] | None) -> str | None:
        return "asked for" if record == 4 or artwork == ("Cubism", "b") else None

    assert list(read_file(file, excluded)) == [
        Annotation(1, "Cubism", "a", "awe", "one", 1),
        *(Reject(record, "excluded", "excluded: asked for", "") for record in (2, 3, 4)),
    ]
