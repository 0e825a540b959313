"""Lists of artworks and of pairs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.artworks import ANCHOR, load_artworks, load_pairs, save_artworks, save_pairs
from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.unicode_text import is_blank

HEADER = "art_style,painting,anchor_art_style,anchor_painting\n"
names = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["C", "Z"]), min_size=1)
names = names.filter(lambda name: not is_blank(name))  # as a lone Hangul filler is
artworks = st.tuples(names, names)


@given(st.lists(artworks, min_size=1, unique=True))
def test_artworks_come_back(tmp_path_factory: pytest.TempPathFactory, given: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("lists") / "test_new.csv"
    save_artworks(given, path)
    found = load_artworks(path)
    assert list(found[ARTWORK].itertuples(index=False, name=None)) == given
    assert found["place"].iloc[0] == "line 2"


def test_pairs_come_back(tmp_path: Path) -> None:
    pairs = [(("Realism", 'a "sea"'), ("Cubism", "b, c")), (("Realism", "d\r"), ("Cubism", "b, c"))]
    save_pairs(pairs, tmp_path / "pairs.csv")
    found = load_pairs(tmp_path / "pairs.csv")
    assert list(found[[*ARTWORK, *ANCHOR]].itertuples(index=False, name=None)) == [
        (*artwork, *anchor) for artwork, anchor in pairs
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("art_style,painting\nR,a\n", ["no column anchor_art_style"]),
        (HEADER, ["no row"]),
        (f"{HEADER}R,a,R,b\nR,b,R,b\n", ["line 3", "R/b is its own anchor"]),
        (f"{HEADER}R,a,R,b\nR,b,R,a\nR,a,R,b\n", ["line 4", "line 2"]),
        (f"{HEADER}R,a,,b\n", ["line 2", "anchor_art_style is empty"]),
    ],
)
def test_pairs_that_are_wrong(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        load_pairs(path)
    assert [word for word in (str(path), *words) if word not in str(error.value)] == []
