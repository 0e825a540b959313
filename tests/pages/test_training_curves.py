"""Learning curves, from what a training stage logged."""

from pathlib import Path

import pandas as pd
import pytest

from stages.pages.training import learning_curves, panels


def test_what_validation_measures_shares_a_chart() -> None:
    epochs = pd.DataFrame(
        {"epoch": [1], "train_cross_entropy": [3.0], "train_attention": [1.0], "val_loss": [4.0], "val_accuracy": [0.5]}
    )
    assert panels(epochs) == {
        "loss": {"train cross entropy": [3.0], "val loss": [4.0]},
        "train attention": {"train attention": [1.0]},
        "val accuracy": {"val accuracy": [0.5]},
    }


def test_curves_are_read_from_where_a_stage_left_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("reports/speaker")
    folder.mkdir(parents=True)
    (folder / "epochs.tsv").write_text("epoch\ttrain_loss\tval_loss\n1\t3\t4\n2\t2\t3.5\n", encoding="utf-8")
    assert "loss over 2 epochs; in the last one: train loss 2.000, val loss 3.500" in learning_curves("speaker")
