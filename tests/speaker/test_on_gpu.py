"""Training on a GPU: bfloat16 costs no likelihood, and a resumed run has the exact state."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.made_up_pictures import WORDS, learnable
from stages.learning.backbones import Backbone
from stages.learning.checkpoint import FILE, Progress
from stages.learning.device import prepare
from stages.learning.training import fit
from stages.speaker.data import CaptioningTask
from stages.speaker.registry import build
from tests.speaker.test_training import Fragile, Killed
from tests.speaker.two_colours import network_config

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def _train(
    folder: Path, device: str, *, epochs: int, task: type[CaptioningTask] = CaptioningTask, **settings: Any
) -> tuple[dict[str, Tensor], Progress]:
    """Weights and progress after epochs of five steps."""
    where = prepare(device, 3)
    model = build({**network_config(dropout=0.1), "vocabulary": WORDS}, Backbone("test_resnet")).to(where)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, fused=True)
    captioning = task(
        *(learnable(n, 3, size=64, seed=n, device=where) for n in (40, 4)), attention_penalty=1.0, batch_size=8, seed=3
    )
    places = {"scratch": folder / "scratch", "curves": folder / "epochs.tsv"}
    known = {"device": where, "seed": 3, "epochs": epochs, "patience": epochs, "clip_norm": 5.0}
    progress = fit(model, optimizer, captioning, **known, **places, **settings)  # type: ignore[arg-type]
    return model.state_dict(), progress


def _likelihood(folder: Path, device: str, *, bf16: bool) -> float:
    """Mean training loss over 200 steps."""
    _, progress = _train(folder / str(bf16), device, epochs=40, bf16=bf16)
    return sum(row["train_cross_entropy"] for row in progress.history) / len(progress.history)


@pytest.mark.gpu
@gpu
def test_bfloat16_trains_as_well_as_float32(tmp_path: Path) -> None:
    whole, half = (_likelihood(tmp_path, "cuda", bf16=bf16) for bf16 in (False, True))
    assert half != whole
    assert half == pytest.approx(whole, rel=0.01)


class _DiesInTheThird(Fragile):
    dies_in = 3


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, gpu])])
def test_a_resumed_run_has_the_exact_state(tmp_path: Path, device: str) -> None:
    # The whole state after two epochs, optimizer included, and the state of a run that is killed in its third.
    _train(tmp_path / "two", device, epochs=2)
    with pytest.raises(Killed):
        _train(tmp_path / "killed", device, epochs=4, task=_DiesInTheThird)
    states = [(tmp_path / name / "scratch" / FILE).read_bytes() for name in ("two", "killed")]
    assert states[0] == states[1]
    weights, progress = _train(tmp_path / "killed", device, epochs=4)
    whole, expected = _train(tmp_path / "whole", device, epochs=4)
    # On a GPU some sums have no fixed order, so the runs may differ in the last digits.
    if device == "cpu":
        assert progress == expected
        assert all(torch.equal(value, whole[name]) for name, value in weights.items())
    else:
        assert progress.best_loss == pytest.approx(expected.best_loss, rel=1e-3)
