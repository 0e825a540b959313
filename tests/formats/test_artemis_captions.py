"""ArtEmis' sampled captions become tables of ours."""

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from formats.artemis import captions
from formats.artemis.pickles import load_pickles
from stages.captions import attention
from stages.common.captions_table import load_captions
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import read_json

FOLDER = Path(__file__).parents[2].parent / "shared" / "parity" / "checkpoints"


@pytest.mark.skipif(not FOLDER.exists(), reason="the reference's files lie outside the repository, and not here")
def test_the_references_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = json.loads((FOLDER / "sampled_captions.expected.json").read_text())
    monkeypatch.setattr(sys, "argv", ["x", str(FOLDER / "sampled_captions.pkl"), "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        tool(captions.main)
    assert ended.value.code == 0
    table = load_captions(tmp_path / "captions.parquet")
    found = table[["art_style", "painting", "grounding_emotion", "caption"]].astype(object)
    order = sorted(range(3), key=lambda row: wanted["rows"][row][:2])
    assert found.where(found.notna(), None).to_numpy().tolist() == [wanted["rows"][row] for row in order]
    assert read_json(tmp_path / "configs.json") == [wanted["config"]]
    (_, runs), maps = load_pickles(FOLDER / "sampled_captions.pkl"), attention.load(tmp_path / "attention.npz")
    for row, one in zip(order, maps, strict=True):
        shape = wanted["attention_shapes"][row]
        # A map for each word and for the end; the one for <sos> is gone.
        assert list(one.shape) == [shape[0] - 1, *shape[1:]]
        assert len(one) == len(wanted["rows"][row][3].split()) + 1
        np.testing.assert_allclose(one, runs[0][2][row][1:], atol=1e-3)


def _file(path: Path, *objects: Any) -> Path:
    with path.open("wb") as file:
        for one in objects:
            pickle.dump(one, file, protocol=2)
    return path


def _table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_several_configs_own_pictures_and_repeated_ones(tmp_path: Path) -> None:
    drawn = _table(art_style=["B", "A", "B"], painting="p", grounding_emotion=None, caption=["x", "y", "z"])
    own = _table(image_file=["hall/b.jpg"], grounding_emotion=["awe"], caption=["w"])
    runs = [
        captions.Run({"a": 1}, *captions._run(drawn, None, "")),
        captions.Run("NN", *captions._run(own, None, "")),
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
    ("objects", "told"),
    [
        ([3], "holds no sampled captions"),
        ([1, []], "holds no sampled captions"),
        ([1, [[{}, None, None]]], "config 0: a table of captions is missing"),
        ([1, [[{}, "table", None]]], "config 0: a table of captions is missing"),
    ],
)
def test_a_file_of_something_else(tmp_path: Path, objects: list[Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        captions.read(_file(tmp_path / "a.pkl", *objects))


def test_a_table_without_captions_and_attention_of_another_length() -> None:
    with pytest.raises(UserError, match=r"^here: the column caption is missing; needed are art_style, painting, gr"):
        captions._run(_table(art_style=["A"], painting="p", grounding_emotion=None), None, "here")
    whole = _table(art_style=["A"], painting="p", grounding_emotion=None, caption="x")
    with pytest.raises(UserError, match=r"^here: 1 captions, but attention for 2"):
        captions._run(whole, [1, 2], "here")
