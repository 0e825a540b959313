"""Captions of Flickr8k and Flickr30k in their three text forms."""

from pathlib import Path

import pytest

from formats.captioned_pictures import Caption, LeftOut
from formats.flickr import read
from stages.common.errors import UserError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "captions.txt"


def rows(file: Path, text: str) -> list[Caption | LeftOut]:
    file.write_text(text, encoding="utf-8", newline="")
    return list(read(file))


def test_numbered_captions(file: Path) -> None:
    odd = "\u201cquoted\u201d | bar\u2028and more"
    text = f"a.jpg#0\tA cat , asleep .\r\na.jpg#1\ttabs\tstay\n\nb#2.jpg#12\t{odd}\nc.jpg.1#0\t\n"
    assert rows(file, text) == [
        Caption(f"{file}, line 1", "a.jpg", "A cat , asleep ."),
        Caption(f"{file}, line 2", "a.jpg", "tabs\tstay"),
        Caption(f"{file}, line 4", "b#2.jpg", odd),
        Caption(f"{file}, line 5", "c.jpg.1", ""),
    ]


@pytest.mark.parametrize("line", ["b.jpg\ta cat", "b.jpg#0 a cat", "b.jpg#x\ta cat", "b.jpg#\ta cat", "b.jp"])
def test_a_line_of_another_form_is_told(file: Path, line: str) -> None:
    _, row = rows(file, f"a.jpg#0\ta cat\n{line}")
    assert row == LeftOut(f"{file}, line 2", "no name.jpg#0 and tab", repr(line))


def test_a_csv_with_a_header(file: Path) -> None:
    assert rows(file, 'image,caption\na.jpg,A cat .\nb.jpg,"A ""dog"" , asleep ."\nc.jpg,\n,d\n') == [
        Caption(f"{file}, line 2", "a.jpg", "A cat ."),
        Caption(f"{file}, line 3", "b.jpg", 'A "dog" , asleep .'),
        Caption(f"{file}, line 4", "c.jpg", ""),
        Caption(f"{file}, line 5", "", "d"),
    ]


def test_a_table_with_bars(file: Path) -> None:
    text = 'image_name| comment_number| comment\na.jpg| 0| A "cat" , asleep .\nb.jpg| 4   A dog .\nc.jpg| 1| a | b\n'
    assert rows(file, text) == [
        Caption(f"{file}, line 2", "a.jpg", 'A "cat" , asleep .'),
        LeftOut(f"{file}, line 3", "fewer than 3 fields", "'b.jpg| 4   A dog .'"),
        Caption(f"{file}, line 4", "c.jpg", "a | b"),
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "the first line is ''"),
        ("a.jpg a cat\n", "the first line is 'a.jpg a cat'"),
        ("a.jpg\ta cat\n", "the first line is 'a.jpg"),
        ('{"images": []}', "the first line is"),
        ("file,text\na.jpg,a cat\n", "no column image.*found file, text"),
        ("image_name| number\na.jpg| 0\n", "no column caption or comment"),
        ("image,caption\na.jpg,one,two\n", "line 2: 3 fields"),
        ('image,caption\na.jpg,"never closed\n', "line 2"),
        ("a.jpg#0\tnul\0\n", "line 1: zero bytes"),
    ],
)
def test_another_form_is_refused(file: Path, text: str, named: str) -> None:
    with pytest.raises(UserError, match=rf"{file}.*{named}"):
        rows(file, text)


def test_text_that_is_not_utf_8(file: Path) -> None:
    file.write_bytes("a.jpg#0\tcaf\xe9\n".encode("latin-1"))
    with pytest.raises(UserError, match="line 1: not UTF-8"):
        list(read(file))


def test_further_columns_that_people_add(file: Path) -> None:
    expected = Caption(f"{file}, line 2", "a.jpg", "a cat", "awe", "test")
    assert rows(file, "image,caption,emotion,split\na.jpg,a cat,awe,test\n") == [expected]
    assert rows(file, "image| comment| emotion| split\na.jpg| a cat| awe| test\n") == [expected]
