"""The table of captions: order, schema, and errors for invalid tables."""

import pandas as pd
import pytest

from stages.common.captions_table import captions_writer, load_captions, save_captions
from stages.common.errors import UserError


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


def test_round_trip_sorts_and_types(captions, tmp_path):
    save_captions(captions, tmp_path / "captions.parquet")
    loaded = load_captions(tmp_path / "captions.parquet")
    assert loaded["caption"].tolist() == ["", "the second best", "a calm sea"]
    assert loaded["grounding_emotion"].isna().tolist() == [True, True, False]
    assert loaded["log_probability"].iloc[2] == -3.5
    assert loaded.dtypes[["config", "rank", "log_probability"]].astype(str).tolist() == ["int32", "int32", "float64"]


def test_written_in_parts_the_table_is_the_same(captions, tmp_path, monkeypatch):
    monkeypatch.setattr("stages.common.captions_table.ROW_GROUP", 2)
    ordered = captions.assign(emotion_source=["person", None, None]).iloc[[2, 1, 0]]
    with captions_writer(tmp_path / "parts.parquet") as add:
        for row in range(3):
            add(ordered.iloc[[row]])
    save_captions(ordered, tmp_path / "whole.parquet")
    parts, whole = (load_captions(tmp_path / f"{name}.parquet") for name in ("parts", "whole"))
    pd.testing.assert_frame_equal(parts, whole)
    assert whole["emotion_source"].tolist()[2] == "person"


@pytest.mark.parametrize("order", [[0, 2, 1], [2, 2], [0, 1]])
def test_parts_out_of_order_are_rejected(captions, tmp_path, order):
    def write():
        with captions_writer(tmp_path / "captions.parquet") as add:
            for row in order:
                add(captions.iloc[[row]])

    with pytest.raises(ValueError, match="comes after"):
        write()
    assert not (tmp_path / "captions.parquet").exists()


def test_a_table_without_emotion_source_loads(captions, tmp_path):
    captions.to_parquet(tmp_path / "older.parquet")
    assert load_captions(tmp_path / "older.parquet")["emotion_source"].isna().all()


def test_columns_may_be_null_throughout(captions, tmp_path):
    save_captions(captions.assign(grounding_emotion=None, log_probability=None), tmp_path / "captions.parquet")
    assert load_captions(tmp_path / "captions.parquet")["grounding_emotion"].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="rank"), "its columns are"),
        (lambda frame: frame.assign(extra=1), "its columns are"),
        (lambda frame: frame.assign(caption=[None, "x", "y"]), "caption has a missing value"),
        (lambda frame: frame.assign(emotion_source="dice"), "emotion_source 'dice' is none of image_classifier, datas"),
        (lambda frame: frame.assign(rank=0), "Cubism/a has two captions of config 0 and rank 0"),
    ],
)
def test_an_invalid_table_is_not_written(captions, tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        save_captions(change(captions), tmp_path / "captions.parquet")
    assert not (tmp_path / "captions.parquet").exists()


def test_another_file_is_a_user_error(captions, tmp_path):
    captions.drop(columns="caption").to_parquet(tmp_path / "other.parquet")
    for name in ("other.parquet", "absent.parquet"):
        with pytest.raises(UserError, match=f"{name}: not a table of captions"):
            load_captions(tmp_path / name)
