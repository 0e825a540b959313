"""The sizes of the splits, on a frame that can be counted by eye."""

import pandas as pd
import pytest

from stages.index_report.overview import sizes

UTTERANCES = pd.DataFrame(
    {
        "art_style": ["A", "A", "A", "B"],
        "painting": ["x", "x", "y", "x"],
        "split": ["train", "train", "train", "test"],
        "tokens_len": [1, 3, 3, 5],
    }
)


def test_sizes_by_split() -> None:
    found = sizes(UTTERANCES)
    assert found.index.tolist() == ["train", "test", "all"]
    assert found["artworks"].tolist() == [2, 1, 3]
    assert found["utterances"].tolist() == [3, 1, 4]
    assert found["per artwork"].tolist() == [1.5, 1.0, pytest.approx(4 / 3)]
    assert found["mean tokens"].tolist() == [pytest.approx(7 / 3), 5.0, 3.0]
