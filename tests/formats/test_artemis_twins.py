"""Import of ArtEmis' list of paintings that WikiArt holds twice."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from formats.artemis.twins import convert
from stages.annotations.metadata import read_twins, write_missing
from stages.common.errors import UserError

REAL = Path(__file__).parents[3] / "shared/resources/wikiart_duplicates.json"
GROUPS = [[("Cubism", "a"), ("Cubism", "b, again")], [("Realism", "ć"), ("Cubism", "d"), ("Realism", "e")]]


def pickled(value: Any, folder: Path) -> Path:
    path = folder / "duplicates.pkl"
    path.write_bytes(pickle.dumps(value, protocol=2))
    return path


def test_groups_become_rows(tmp_path: Path) -> None:
    write_missing(tmp_path)
    summary = convert(pickled(GROUPS, tmp_path), tmp_path)
    assert summary == f"{tmp_path}/twins.csv: 2 groups of 5 artworks, as in {tmp_path}/duplicates.pkl"
    assert read_twins(tmp_path / "twins.csv") == {
        artwork: str(number) for number, group in enumerate(GROUPS, start=1) for artwork in group
    }
    with pytest.raises(UserError, match=r"twins\.csv names twins already; move it away"):
        convert(tmp_path / "duplicates.pkl", tmp_path)


@pytest.mark.parametrize("value", [{}, [["a", "b"]], [[("Cubism",)]], [[("Cubism", "")]], [3], [[("Cubism", 3)]]])
def test_something_else_is_refused(value: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"duplicates\.pkl: holds no list of groups of \(art_style, painting\)$"):
        convert(pickled(value, tmp_path), tmp_path)
    assert not (tmp_path / "twins.csv").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such folder"):
        convert(pickled(GROUPS, tmp_path), tmp_path / "nowhere")


def test_all_of_wikiart(tmp_path: Path) -> None:
    if not REAL.exists():
        pytest.skip("../shared/resources is not there")
    groups = json.loads(REAL.read_bytes())
    summary = convert(pickled([[tuple(artwork) for artwork in group] for group in groups], tmp_path), tmp_path)
    assert "1,414 groups of 2,829 artworks" in summary
    known = read_twins(tmp_path / "twins.csv")
    assert len(known) == 2829
    assert len(set(known.values())) == 1414
