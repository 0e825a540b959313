"""Import of captions that ArtEmis' code sampled."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from formats.artemis import captions
from formats.artemis.pickles import load_pickles
from stages.captions import attention
from stages.common.captions_table import load_captions
from stages.common.errors import UserError
from stages.common.files import read_json

FOLDER = Path(__file__).parents[2].parent / "shared" / "parity" / "checkpoints"


@pytest.mark.skipif(not FOLDER.exists(), reason="the reference's files lie outside the repository, and not here")
def test_a_file_of_the_reference(tmp_path: Path) -> None:
    expected = json.loads((FOLDER / "sampled_captions.expected.json").read_text())
    file = FOLDER / "sampled_captions.pkl"
    assert captions.convert(file, tmp_path) == f"{tmp_path}: 3 captions by 1 configs, as in {file}"
    table = load_captions(tmp_path / "captions.parquet")
    columns = table[["art_style", "painting", "grounding_emotion", "caption"]].astype(object)
    order = sorted(range(3), key=lambda row: expected["rows"][row][:2])
    assert columns.where(columns.notna(), None).to_numpy().tolist() == [expected["rows"][row] for row in order]
    assert read_json(tmp_path / "configs.json") == [expected["config"]]
    (_, runs), maps = load_pickles(file), attention.load(tmp_path / "attention.npz")
    for row, attended in zip(order, maps, strict=True):
        shape = expected["attention_shapes"][row]
        # A map for each word and for the end; the one for <sos> is gone.
        assert list(attended.shape) == [shape[0] - 1, *shape[1:]]
        assert len(attended) == len(expected["rows"][row][3].split()) + 1
        np.testing.assert_allclose(attended, runs[0][2][row][1:], atol=1e-3)


def _file(path: Path, *objects: Any) -> Path:
    with path.open("wb") as file:
        for value in objects:
            pickle.dump(value, file, protocol=2)
    return path


def _table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_several_configs_and_several_captions_of_a_picture(tmp_path: Path) -> None:
    drawn = _table(art_style=["B", "A", "B"], painting="p", grounding_emotion=None, caption=["x", "y", "z"])
    loose = _table(image_file=["hall/b.jpg"], grounding_emotion=["awe"], caption=["w"])
    runs = [
        captions.Run({"a": 1}, *captions.aligned(drawn, None, "")),
        captions.Run("NN", *captions.aligned(loose, None, "")),
    ]
    assert captions.save(runs, tmp_path) == 4
    table = load_captions(tmp_path / "captions.parquet")
    assert table[["art_style", "painting", "config", "rank", "caption"]].to_numpy().tolist() == [
        ["A", "p", 0, 0, "y"],
        ["B", "p", 0, 0, "x"],
        ["B", "p", 0, 1, "z"],
        ["hall", "b", 1, 0, "w"],
    ]
    assert table["log_probability"].isna().all()
    assert not (tmp_path / "attention.npz").exists()


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        ([3], "holds no sampled captions"),
        ([1, []], "holds no sampled captions"),
        ([1, [[{}, None, None]]], "config 0: a table of captions is missing"),
        ([1, [[{}, "table", None]]], "config 0: a table of captions is missing"),
    ],
)
def test_a_file_of_something_else(tmp_path: Path, objects: list[Any], problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        captions.read(_file(tmp_path / "a.pkl", *objects))


def test_a_table_without_captions_and_attention_of_another_length() -> None:
    with pytest.raises(UserError, match=r"^here: the column caption is missing; needed are art_style, painting, gr"):
        captions.aligned(_table(art_style=["A"], painting="p", grounding_emotion=None), None, "here")
    whole = _table(art_style=["A"], painting="p", grounding_emotion=None, caption="x")
    with pytest.raises(UserError, match=r"^here: 1 captions, but attention for 2"):
        captions.aligned(whole, [1, 2], "here")
