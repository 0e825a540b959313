"""Sentences from files."""

from pathlib import Path

from formats.predictions import read_sentences


def test_a_csv_gives_its_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text,note\n1,"one, two",null\n2,,NA\n')
    assert read_sentences(tmp_path / "a.csv") == ["one, two", ""]
    assert read_sentences(tmp_path / "a.csv", "note") == ["null", "NA"]


def test_a_text_file_gives_its_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\ufeffone, two\n\nthree\n", encoding="utf-8")
    assert read_sentences(tmp_path / "a.txt") == ["one, two", "", "three"]
