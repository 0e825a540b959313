"""The training loop on a task with a known solution: a line through noisy points."""

import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau, StepLR

from stages.common.errors import UserError
from stages.learning import training
from stages.learning.training import Progress, Terms, _share_terms, clear, fit, shuffled_batches, write_curves

SEED = 3


class Killed(Exception):
    """Stands for a killed process."""


class Line:
    """y = 2 x + 1 with noise; `losses` replaces the validation loss, `kill_at` is the epoch that raises `Killed`."""

    def __init__(self, losses: Sequence[float] | None = None, kill_at: int | None = None) -> None:
        random = np.random.default_rng(0)
        self.x = torch.tensor(random.normal(size=(64, 1)), dtype=torch.float32)
        self.y = 2 * self.x + 1 + 0.1 * torch.tensor(random.normal(size=(64, 1)), dtype=torch.float32)
        self.losses = losses
        self.kill_at = kill_at
        self.epoch = 0

    def batches(self, epoch: int) -> list[np.ndarray]:
        self.epoch = epoch
        return shuffled_batches(48, 16, SEED, epoch)

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        return {"squares": (self._squares(model, torch.from_numpy(items)).sum(), len(items))}

    def validate(self, model: nn.Module) -> dict[str, float]:
        assert not model.training
        assert not torch.is_grad_enabled()
        if self.epoch == self.kill_at:
            raise Killed
        loss = self.losses[self.epoch - 1] if self.losses else float(self._squares(model, torch.arange(48, 64)).mean())
        return {"val_loss": loss}

    def _squares(self, model: nn.Module, items: Tensor) -> Tensor:
        return (model(self.x[items]) - self.y[items]).square()


def _fit(task: Line, tmp_path: Path, *, schedule: str = "", **settings: Any) -> tuple[nn.Module, Progress, float]:
    """Train with dropout, so that random states matter; returns model, progress and the last learning rate."""
    torch.manual_seed(SEED)
    model = nn.Sequential(nn.Linear(1, 8), nn.Dropout(0.2), nn.Linear(8, 1))
    optimizer = Adam(model.parameters(), lr=0.05)
    # The plateau schedule's counters matter too: it halves the rate when the loss does not fall.
    schedules = {
        "plateau": ReduceLROnPlateau(optimizer, factor=0.5, patience=1),
        "step": StepLR(optimizer, 2),
        "update": LambdaLR(optimizer, lambda update: 0.9**update),
    }
    settings = {"device": torch.device("cpu"), "seed": SEED, "epochs": 6, "patience": 6, **settings}
    settings["each_update"] = schedule == "update"
    places = {"scratch": tmp_path / "scratch", "curves": tmp_path / "epochs.tsv"}
    progress = fit(model, optimizer, task, schedule=schedules.get(schedule), **places, **settings)
    return model, progress, optimizer.param_groups[0]["lr"]


def _weights(model: nn.Module) -> list[Tensor]:
    return [value.clone() for value in model.state_dict().values()]


def _equal(first: nn.Module, second: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(_weights(first), _weights(second), strict=True))


def test_it_learns_the_line(tmp_path: Path) -> None:
    model, progress, _ = _fit(Line(), tmp_path, epochs=60, patience=60)
    assert progress.best_loss < 0.1
    with torch.no_grad():
        assert model(torch.tensor([[0.0], [1.0]])).flatten().tolist() == pytest.approx([1, 3], abs=0.25)
    assert not model.training


def test_it_stops_after_patience_and_restores_the_best_weights(tmp_path: Path) -> None:
    stopped, progress, _ = _fit(Line(losses=[3, 2, 5, 5, 1, 1]), tmp_path / "a", patience=2)
    assert (progress.epoch, progress.best_epoch, progress.best_loss) == (4, 2, 2)
    best, *_ = _fit(Line(), tmp_path / "b", epochs=2)
    assert _equal(stopped, best)


def test_diverging_training_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="training diverged: val_loss is nan after epoch 2; "):
        _fit(Line(losses=[1, float("nan")]), tmp_path)


def test_curves_have_a_line_per_epoch(tmp_path: Path) -> None:
    _, progress, _ = _fit(Line(losses=[0.5, 0.25, 0.125]), tmp_path, epochs=3)
    header, *rows = [line.split("\t") for line in (tmp_path / "epochs.tsv").read_text().splitlines()]
    assert header == ["epoch", "train_squares", "val_loss"]
    assert [(row[0], row[2]) for row in rows] == [("1", "0.5"), ("2", "0.25"), ("3", "0.125")]
    assert [float(row[1]) for row in rows] == pytest.approx([row["train_squares"] for row in progress.history], 1e-5)


@pytest.mark.parametrize("schedule", ["", "plateau", "step", "update"])
def test_a_killed_run_resumes_to_the_same_weights(tmp_path: Path, schedule: str) -> None:
    # The loss falls until epoch 2: the plateau schedule cuts the rate in epochs 4 and 6.
    losses = [3, 2, 4, 4, 4, 1]
    whole, progress, rate = _fit(Line(losses), tmp_path / "whole", schedule=schedule)
    for kill_at in (1, 4, 6):
        place = tmp_path / f"killed{kill_at}"
        with pytest.raises(Killed):
            _fit(Line(losses, kill_at), place, schedule=schedule)
        resumed, progress_again, rate_again = _fit(Line(losses), place, schedule=schedule)
        assert _equal(whole, resumed)
        assert progress_again == progress
        assert rate_again == rate
        assert (place / "epochs.tsv").read_text() == (tmp_path / "whole" / "epochs.tsv").read_text()
    # Six epochs of three updates each.
    last = {"": 0.05, "plateau": 0.025, "step": 0.05 * 0.1**3, "update": 0.05 * 0.9**18}
    assert rate == pytest.approx(last[schedule])


class Doomed(Line):
    """Kills its process in the second batch of epoch 4."""

    batch = 0

    def batches(self, epoch: int) -> list[np.ndarray]:
        self.batch = 0
        return super().batches(epoch)

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        self.batch += 1
        if (self.epoch, self.batch) == (4, 2):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().terms(model, items)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_killed_within_an_epoch_resumes_after_the_last_complete_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = [3, 2, 4, 4, 4, 1]
    whole, progress, _ = _fit(Line(losses), tmp_path / "whole", schedule="plateau")
    # Forked, since a new process would import torch for seconds.
    child = os.fork()
    if not child:
        try:
            _fit(Doomed(losses), tmp_path / "killed", schedule="plateau")
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    capsys.readouterr()
    resumed, progress_again, _ = _fit(Line(losses), tmp_path / "killed", schedule="plateau")
    assert capsys.readouterr().out.startswith("  resuming after epoch 3\n  epoch 4 of 6: ")
    assert _equal(whole, resumed)
    assert progress_again == progress


def test_a_killed_run_restores_the_best_weights_from_before_the_kill(tmp_path: Path) -> None:
    losses = [1, 2, 2, 2, 2, 2]
    whole, *_ = _fit(Line(losses), tmp_path / "whole")
    with pytest.raises(Killed):
        _fit(Line(losses, kill_at=4), tmp_path / "killed")
    resumed, progress, _ = _fit(Line(losses), tmp_path / "killed")
    assert progress.best_epoch == 1
    assert _equal(whole, resumed)


def test_a_finished_run_does_not_train_again(tmp_path: Path) -> None:
    first, *_ = _fit(Line(), tmp_path)
    curves = (tmp_path / "epochs.tsv").read_bytes()
    (tmp_path / "epochs.tsv").unlink()
    again, progress, _ = _fit(Line(kill_at=0), tmp_path)
    assert _equal(first, again)
    assert progress.epoch == 6
    assert (tmp_path / "epochs.tsv").read_bytes() == curves
    clear(tmp_path / "scratch")
    assert not (tmp_path / "scratch").exists()


def test_the_log_has_losses_throughput_and_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, progress, _ = _fit(Line(losses=[0.5]), tmp_path, epochs=1, item="points", units={"squares": "squares"})
    line = capsys.readouterr().out
    loss = progress.history[0]["train_squares"]
    match = re.fullmatch(
        r"  epoch 1 of 1: train_squares (\S+), val_loss 0\.5 "
        r"\((\S+) s, ([\d,]+) points/s, ([\d,]+) squares/s, peak (\d\.\d\d) GB\)\n",
        line,
    )
    assert match, line
    assert float(match[1]) == pytest.approx(loss, rel=1e-3)
    assert match[3] == match[4]


class _Normalised(Line):
    """The same line with shifted inputs, for batch normalisation."""

    def _squares(self, model: nn.Module, items: Tensor) -> Tensor:
        return (model(self.x[items] + 3) - self.y[items]).square()


@pytest.mark.parametrize("frozen", [False, True])
def test_frozen_statistics_do_not_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: bool) -> None:
    # A single process does not freeze them by itself.
    if frozen:
        monkeypatch.setattr(training, "_must_freeze", lambda *_: True)
    model = nn.Sequential(nn.BatchNorm1d(1), nn.Linear(1, 1))
    places = {"scratch": tmp_path / "scratch", "curves": tmp_path / "epochs.tsv"}
    settings = {"device": torch.device("cpu"), "seed": SEED, "epochs": 4, "patience": 4}
    fit(model, Adam(model.parameters(), lr=0.05), _Normalised(losses=[4, 3, 2, 1]), **settings, **places)  # type: ignore[arg-type]
    mean = float(model[0].running_mean)  # type: ignore[arg-type]
    assert mean == 0 if frozen else mean > 1.5


@pytest.mark.parametrize(
    ("processes", "layer", "frozen"),
    [
        (1, nn.BatchNorm1d(1), False),
        (2, nn.BatchNorm1d(1), True),
        (2, nn.Sequential(nn.BatchNorm2d(1)), True),
        (2, nn.LayerNorm(1), False),
    ],
)
def test_several_processes_freeze_the_statistics_of_batches(
    capsys: pytest.CaptureFixture[str], processes: int, layer: nn.Module, frozen: bool
) -> None:
    accelerator = SimpleNamespace(num_processes=processes)
    assert training._must_freeze(accelerator, nn.Sequential(nn.Linear(1, 1), layer)) is frozen  # type: ignore[arg-type]
    assert bool(capsys.readouterr().out) is frozen


def test_bfloat16_losses_are_close(tmp_path: Path) -> None:
    (_, whole, _), (_, half, _) = (_fit(Line(), tmp_path / str(bf16), bf16=bf16) for bf16 in (False, True))
    losses = [[row["train_squares"] for row in progress.history] for progress in (whole, half)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


@pytest.mark.parametrize(("process", "share"), [(0, [4, 6]), (1, [5]), (2, None)])
def test_processes_share_a_batch(process: int, share: list[int] | None) -> None:
    line, model = Line(), nn.Linear(1, 1)
    accelerator = SimpleNamespace(process_index=process, num_processes=3 if share is None else 2)
    items = np.array([4, 5] if share is None else [4, 5, 6])
    ((total, count),) = _share_terms(accelerator, model, line, items).values()  # type: ignore[arg-type]
    if share is None:
        # A process without a share runs the model and adds zeros.
        assert (float(total.detach()), count) == (0, 0)
        total.backward()
        assert float(model.weight.grad) == 0  # type: ignore[arg-type]
    else:
        assert torch.equal(total, line.terms(model, np.array(share))["squares"][0])
        assert count == len(share)


def test_clipping_bounds_each_step(tmp_path: Path) -> None:
    torch.manual_seed(SEED)
    model = nn.Linear(1, 1)
    before = torch.cat([value.flatten() for value in _weights(model)])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    places = {"scratch": tmp_path / "scratch", "curves": tmp_path / "epochs.tsv"}
    fit(
        model,
        optimizer,
        Line(losses=[1]),
        device=torch.device("cpu"),
        seed=SEED,
        epochs=1,
        patience=1,
        clip_norm=0.01,
        **places,
    )
    moved = torch.cat([value.flatten() for value in _weights(model)]) - before
    # Three batches of at most 0.01 each.
    assert 0 < float(moved.norm()) <= 0.03 + 1e-6


def test_every_item_is_in_one_batch_and_orders_differ() -> None:
    batches = shuffled_batches(10, 4, SEED, epoch=1)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))
    again, other = shuffled_batches(10, 4, SEED, epoch=1), shuffled_batches(10, 4, SEED, epoch=2)
    assert np.array_equal(np.concatenate(batches), np.concatenate(again))
    assert not np.array_equal(np.concatenate(batches), np.concatenate(other))


def test_curves_have_six_significant_digits(tmp_path: Path) -> None:
    write_curves([{"epoch": 1, "val_loss": 1 / 3}], tmp_path / "epochs.tsv")
    assert (tmp_path / "epochs.tsv").read_text() == "epoch\tval_loss\n1\t0.333333\n"
