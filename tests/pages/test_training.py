"""Learning curves and final metrics, from the files of a training stage."""

from pathlib import Path

import pandas as pd
import pytest

from stages.pages.training import flat, learning_curves, numbers, panels


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("reports/speaker")
    folder.mkdir(parents=True)
    return folder


def test_the_loss_of_training_and_validation_share_a_chart() -> None:
    epochs = pd.DataFrame(
        {"epoch": [1], "train_cross_entropy": [3.0], "train_attention": [1.0], "val_loss": [4.0], "val_accuracy": [0.5]}
    )
    assert panels(epochs) == {
        "loss": {"train cross entropy": [3.0], "val loss": [4.0]},
        "train attention": {"train attention": [1.0]},
        "val accuracy": {"val accuracy": [0.5]},
    }


def test_curves_are_read_from_epochs_tsv(folder: Path) -> None:
    (folder / "epochs.tsv").write_text("epoch\ttrain_loss\tval_loss\n1\t3\t4\n2\t2\t3.5\n", encoding="utf-8")
    assert "loss over 2 epochs; in the last one: train loss 2.000, val loss 3.500" in learning_curves("speaker")


def test_final_metrics_are_read_from_metrics_json(folder: Path) -> None:
    (folder / "metrics.json").write_text('{"test": {"loss": 2.25}, "epochs": 2}', encoding="utf-8")
    shown = numbers("speaker")
    assert '<th scope="row">test loss</th><td>2.25</td>' in shown
    assert '<th scope="row">epochs</th><td>2</td>' in shown
    few = numbers("speaker", ["epochs", "not measured"])
    assert few.count('<th scope="row">') == 1
    assert '<th scope="row">epochs</th><td>2</td>' in few


def test_nested_metrics_become_dotted_names_in_their_order() -> None:
    assert list(flat({"b": 1, "a": {"y": 2, "x": {"z": 3}}}).items()) == [("b", 1), ("a.y", 2), ("a.x.z", 3)]
