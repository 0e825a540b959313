"""Sizes, emotions, lengths, training curves and the joint table, on frames that can be counted by eye."""

from pathlib import Path

import pandas as pd
import pytest

from stages.reports.corpus import emotion_shares, length_counts, sizes
from stages.reports.training import flat, learning, panels

UTTERANCES = pd.DataFrame(
    {
        "art_style": ["A", "A", "A", "B"],
        "painting": ["x", "x", "y", "x"],
        "split": ["train", "train", "train", "test"],
        "emotion": ["awe", "awe", "fear", "something else"],
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


def test_emotions_without_an_annotation_are_zero() -> None:
    shares = emotion_shares(UTTERANCES)
    assert shares.tolist() == [0, 0.5, 0, 0, 0, 0, 0.25, 0, 0.25]


def test_lengths_between_the_smallest_and_the_largest_are_all_there() -> None:
    assert length_counts(UTTERANCES).to_dict() == {0: 0, 1: 1, 2: 0, 3: 2, 4: 0, 5: 1}


def test_what_validation_measures_shares_a_chart() -> None:
    epochs = pd.DataFrame(
        {"epoch": [1], "train_cross_entropy": [3.0], "train_attention": [1.0], "val_loss": [4.0], "val_accuracy": [0.5]}
    )
    assert panels(epochs) == {
        "loss": {"train cross entropy": [3.0], "val loss": [4.0]},
        "train attention": {"train attention": [1.0]},
        "val accuracy": {"val accuracy": [0.5]},
    }


def test_learning_reads_what_a_stage_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("reports/speaker")
    folder.mkdir(parents=True)
    (folder / "epochs.tsv").write_text("epoch\ttrain_loss\tval_loss\n1\t3\t4\n2\t2\t3.5\n", encoding="utf-8")
    (folder / "metrics.json").write_text('{"test": {"loss": 2.25}, "epochs": 2}', encoding="utf-8")
    page = learning("speaker")
    assert "loss over 2 epochs; in the last one: train loss 2.000, val loss 3.500" in page
    assert '<th scope="row">test loss</th><td>2.25</td>' in page
    assert '<th scope="row">epochs</th><td>2</td>' in page


def test_nested_numbers_become_dotted_names_in_their_order() -> None:
    assert list(flat({"b": 1, "a": {"y": 2, "x": {"z": 3}}}).items()) == [("b", 1), ("a.y", 2), ("a.x.z", 3)]
