"""Which file shows which artwork."""

import pandas as pd
import pytest

from stages.annotations.tables import match
from stages.common.errors import UserError
from stages.common.inventory import Picture

ANNOTATED = pd.DataFrame(
    {"art_style": ["Cubism", "Cubism", "Cubism", "null"], "painting": ["a", "a", "b.2", "nan"], "emotion": "awe"}
)


def inventory(*paths: str) -> list[Picture]:
    return [Picture(path, number, f"d{number}") for number, path in enumerate(paths)]


def test_any_suffix_and_only_annotated_artworks() -> None:
    paths = "Cubism/a.JPG", "Cubism/b.2.jpeg", "null/nan.png", "Cubism/c.jpg", "a.jpg", "x/Cubism/a.jpg"
    found = match(inventory(*paths), ANNOTATED)
    assert found[["art_style", "painting", "path", "bytes", "digest"]].to_dict("records") == [
        {"art_style": "Cubism", "painting": "a", "path": "Cubism/a.JPG", "bytes": 0, "digest": "d0"},
        {"art_style": "Cubism", "painting": "b.2", "path": "Cubism/b.2.jpeg", "bytes": 1, "digest": "d1"},
        {"art_style": "null", "painting": "nan", "path": "null/nan.png", "bytes": 2, "digest": "d2"},
    ]


def test_two_files_of_one_artwork() -> None:
    with pytest.raises(UserError) as caught:
        match(inventory("Cubism/b.2.png", "Cubism/a.jpg", "Cubism/a.png"), ANNOTATED)
    assert str(caught.value) == "two pictures for one artwork: Cubism/a.jpg and Cubism/a.png; keep one of them"


def test_two_files_of_an_artwork_that_nobody_annotated() -> None:
    assert len(match(inventory("Cubism/a.jpg", "Cubism/z.jpg", "Cubism/z.png"), ANNOTATED)) == 1


def test_no_pictures() -> None:
    found = match([], ANNOTATED)
    assert found.columns.tolist() == ["art_style", "painting", *Picture._fields]
    assert found.empty


def test_a_name_that_is_not_utf_8_shows_no_artwork() -> None:
    assert match(inventory("Cubism/a\udcff.jpg", "Cubism/a.jpg"), ANNOTATED)["path"].tolist() == ["Cubism/a.jpg"]
