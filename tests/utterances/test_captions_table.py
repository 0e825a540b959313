import pandas as pd
import pytest

from stages.common.errors import UserError
from stages.utterances.captions_table import load_captions, save_captions


@pytest.fixture
def captions():
    return pd.DataFrame(
        {
            "art_style": ["Rococo", "Cubism", "Cubism"],
            "painting": ["b", "a", "a"],
            "caption": ["a calm sea", "the second best", ""],
            "grounding_emotion": ["awe", None, None],
            "config": 0,
            "rank": [0, 1, 0],
            "log_probability": [-3.5, None, None],
        }
    )


def test_what_is_saved_is_loaded_sorted_and_typed(captions, tmp_path):
    save_captions(captions, tmp_path / "captions.parquet")
    loaded = load_captions(tmp_path / "captions.parquet")
    assert loaded["caption"].tolist() == ["", "the second best", "a calm sea"]
    assert loaded["grounding_emotion"].isna().tolist() == [True, True, False]
    assert loaded["log_probability"].iloc[2] == -3.5
    assert loaded.dtypes[["config", "rank", "log_probability"]].astype(str).tolist() == ["int32", "int32", "float64"]


def test_columns_may_be_null_throughout(captions, tmp_path):
    save_captions(captions.assign(grounding_emotion=None, log_probability=None), tmp_path / "captions.parquet")
    assert load_captions(tmp_path / "captions.parquet")["grounding_emotion"].isna().all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.drop(columns="rank"), "its columns are"),
        (lambda frame: frame.assign(extra=1), "its columns are"),
        (lambda frame: frame.assign(caption=[None, "x", "y"]), "caption has a missing value"),
        (lambda frame: frame.assign(grounding_emotion="joy"), "'joy' is none of the emotions"),
        (lambda frame: frame.assign(rank=0), "Cubism/a has two captions of config 0 and rank 0"),
    ],
)
def test_a_wrong_table_is_not_written(captions, tmp_path, change, said):
    with pytest.raises(ValueError, match=said):
        save_captions(change(captions), tmp_path / "captions.parquet")
    assert not (tmp_path / "captions.parquet").exists()


def test_a_file_of_another_kind_is_one_sentence(captions, tmp_path):
    captions.drop(columns="caption").to_parquet(tmp_path / "other.parquet")
    for name in ("other.parquet", "absent.parquet"):
        with pytest.raises(UserError, match=f"{name}: not a table of captions"):
            load_captions(tmp_path / name)
