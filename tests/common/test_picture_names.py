"""Paths as text: as given, reversible, and never the path of another picture."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.picture_names import as_text, from_text

# Names that a terminal or a careless writer would change.
STRANGE = [
    "a\u200bb.jpg",
    "a b.jpg",
    "a\xa0b.jpg",
    " a.jpg ",
    "two\nlines\r.jpg",
    "red\x1b[31m.jpg",
    "\u202egpj.jpg",
    "e\u0301.jpg",
    "\xe9.jpg",
    "caf\\udce9.jpg",
    "file:/caf%E9.jpg",
    "100%25.jpg",
    "hall/a.jpg",
    "../a.jpg",
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_path_is_written_as_it_was_given(name: str) -> None:
    assert as_text(Path(name)) == name
    assert from_text(name) == Path(name)


def test_a_path_that_is_not_utf8_becomes_a_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(os.fsdecode(b"hall/caf\xe9 100%.jpg"))
    assert as_text(path) == f"{tmp_path.as_uri()}/hall/caf%E9%20100%25.jpg"
    assert from_text(as_text(path)) == tmp_path / path


@given(st.sets(st.binary(min_size=1, max_size=12).map(os.fsdecode), min_size=1))
def test_every_path_comes_back_and_no_two_are_written_alike(names: set[str]) -> None:
    paths = {Path(name) for name in names}
    texts = {as_text(path) for path in paths}
    assert len(texts) == len(paths)
    assert {from_text(text).absolute() for text in texts} == {path.absolute() for path in paths}
    assert all(text.encode() for text in texts)


def test_a_uri_from_a_file_manager() -> None:
    assert from_text("file:///home/ann/my%20caf%C3%A9.jpg") == Path("/home/ann/my café.jpg")
