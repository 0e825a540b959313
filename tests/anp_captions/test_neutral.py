import pandas as pd
import pytest

from stages.anp_captions.injection import load_neutral
from stages.common.errors import UserError


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"art_style": "Cubism", "painting": ["null", "null", "b", "c"], "neutral": ["a tree", "second", "nan", "a sky"]}
    )


def test_parquet_and_csv_read_the_same(frame, tmp_path):
    frame.to_parquet(tmp_path / "base.parquet")
    frame.rename(columns={"neutral": "caption"}).to_csv(tmp_path / "base.csv", index=False)
    for name in ("base.parquet", "base.csv"):
        loaded = load_neutral(tmp_path / name)
        assert loaded["painting"].tolist() == ["null", "b", "c"]
        assert loaded["caption"].tolist() == ["a tree", "nan", "a sky"]


def test_an_artwork_without_a_caption_is_left_out(frame, tmp_path):
    frame.loc[2, "neutral"] = None
    frame.to_parquet(tmp_path / "base.parquet")
    assert load_neutral(tmp_path / "base.parquet")["painting"].tolist() == ["null", "c"]


def test_a_column_that_is_missing_is_named(frame, tmp_path):
    frame.drop(columns="neutral").to_parquet(tmp_path / "base.parquet")
    with pytest.raises(UserError, match=r"base\.parquet: the column caption is missing"):
        load_neutral(tmp_path / "base.parquet")


@pytest.mark.parametrize("name", ["absent.parquet", "absent.csv", "broken.parquet", "broken.csv"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, name):
    (tmp_path / "broken.parquet").write_bytes(b"no table")
    (tmp_path / "broken.csv").write_bytes(b'a,b\n"\xff')
    with pytest.raises(UserError, match=f"{name}: not readable as a table"):
        load_neutral(tmp_path / name)
