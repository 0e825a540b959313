"""The one training loop of all models: epochs, validation, early stopping, exact resume.

A plain PyTorch loop on `accelerate`, which brings the device and the precision. It is
written so that several processes can share each batch, but the stages have been run on
one so far. What is learnt is the business of a `Task`: the loop knows neither words nor
pictures.

Randomness is a function of (seed, epoch, process): the order of the data and the
dropout of an epoch do not depend on the epochs before it. A killed run therefore
goes on from its last whole epoch and ends with the weights of an uninterrupted one.
"""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from accelerate import Accelerator
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from stages.common.errors import UserError
from stages.common.progress import track
from stages.common.tables import replacing, save_with

# The parts of a loss: name -> (sum over what was seen, how many were seen). Their
# means add up to the loss. Sums and counts, rather than means, so that the mean is
# over the whole batch however many processes share it.
Terms = dict[str, tuple[Tensor, int]]


class Task(Protocol):
    """What is learnt: the data's order, the loss, and how good the model is."""

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """The items of each batch of an epoch, a function of the seed and `epoch` alone."""

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """The loss of `items` in parts; gradients flow through the sums."""

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Figures of the validation split, `val_loss` (lower is better) among them; called without gradients."""


@dataclass
class Progress:
    """How far training has come; what a checkpoint holds besides tensors."""

    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    history: list[dict[str, float]] = field(default_factory=list)


def fit(
    model: nn.Module,
    optimizer: Optimizer,
    task: Task,
    *,
    device: torch.device,
    seed: int,
    epochs: int,
    patience: int,
    scratch: Path,
    curves: Path,
    schedule: LRScheduler | ReduceLROnPlateau | None = None,
    clip_norm: float | None = None,
) -> Progress:
    """Train `model` in place; it ends with the weights of the epoch with the lowest `val_loss`.

    Args:
        schedule: stepped after every epoch, a plateau schedule with `val_loss`.
        patience: stop after this many epochs in a row without a lower `val_loss`.
        clip_norm: largest L2 norm of the gradient over all parameters.
        scratch: folder of the checkpoint; removed by the caller, once outs are saved.
        curves: a TSV with one line an epoch, rewritten after each.
    """
    accelerator = Accelerator(cpu=device.type == "cpu", mixed_precision="bf16" if device.type == "cuda" else "no")
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    best = {name: value.clone() for name, value in model.state_dict().items()}
    progress = _resume(scratch / "checkpoint.safetensors", model, optimizer, schedule, best)
    if progress.history:
        # DVC has removed the curves of the run that was killed.
        write_curves(progress.history, curves)
    while progress.epoch < epochs and progress.epoch - progress.best_epoch < patience:
        started = time.perf_counter()
        epoch = progress.epoch + 1
        torch.manual_seed(_epoch_seed(seed, epoch, accelerator.process_index))
        figures = _train_epoch(accelerator, wrapped, optimizer, task, epoch, clip_norm)
        model.eval()
        with torch.no_grad():
            figures |= task.validate(model)
        if isinstance(schedule, ReduceLROnPlateau):
            schedule.step(figures["val_loss"])
        elif schedule is not None:
            schedule.step()
        if not np.isfinite(figures["val_loss"]):
            raise UserError(
                f"training diverged: val_loss is {figures['val_loss']} after epoch {epoch}; "
                f"a lower learning rate may help"
            )
        progress.epoch = epoch
        progress.history.append({"epoch": epoch, **figures})
        if figures["val_loss"] < progress.best_loss:
            progress.best_epoch, progress.best_loss = epoch, figures["val_loss"]
            best = {name: value.clone() for name, value in model.state_dict().items()}
        if accelerator.is_main_process:
            _save(scratch / "checkpoint.safetensors", model, optimizer, schedule, best, progress)
            write_curves(progress.history, curves)
            told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
            print(f"  epoch {epoch} of {epochs}: {told} ({time.perf_counter() - started:.1f} s)", flush=True)
    model.load_state_dict(best)
    model.eval()
    return progress


def clear(scratch: Path) -> None:
    """Remove the checkpoint of a run whose outs are written."""
    shutil.rmtree(scratch, ignore_errors=True)


def write_curves(history: Sequence[dict[str, float]], path: Path) -> None:
    """One line per epoch, tab-separated; figures in six significant digits."""
    lines = ["\t".join(history[0])]
    lines += ["\t".join(f"{value:.6g}" for value in row.values()) for row in history]
    with replacing(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def shuffled_batches(items: int, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The numbers 0..items-1 in a random order, in batches of at most `batch_size`."""
    order = np.random.default_rng((seed, epoch)).permutation(items)
    return [order[start : start + batch_size] for start in range(0, items, batch_size)]


def _train_epoch(
    accelerator: Accelerator,
    model: nn.Module,
    optimizer: Optimizer,
    task: Task,
    epoch: int,
    clip_norm: float | None,
) -> dict[str, float]:
    """One pass over the training data; returns the mean of each term of the loss as `train_<term>`."""
    model.train()
    sums: dict[str, Tensor] = {}
    counts: dict[str, int] = {}
    share = slice(accelerator.process_index, None, accelerator.num_processes)
    for items in track(task.batches(epoch), f"epoch {epoch}"):
        with accelerator.autocast():
            terms = task.terms(model, items[share])
        loss = torch.zeros((), device=accelerator.device)
        for name, (total, count) in terms.items():
            seen = _everywhere(accelerator, count)
            # Gradients are averaged over processes: times their number, it is the sum over all.
            loss = loss + total * accelerator.num_processes / seen
            sums[name] = sums.get(name, torch.zeros((), device=accelerator.device)) + total.detach()
            counts[name] = counts.get(name, 0) + seen
        accelerator.backward(loss)
        if clip_norm is not None:
            accelerator.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        optimizer.zero_grad()
    return {
        f"train_{name}": float(cast(Tensor, accelerator.reduce(total, "sum"))) / counts[name]
        for name, total in sums.items()
    }


def _everywhere(accelerator: Accelerator, count: int) -> int:
    """The sum of `count` over all processes; alone, without a round trip to the device."""
    if accelerator.num_processes == 1:
        return count
    return int(cast(Tensor, accelerator.reduce(torch.tensor(count, device=accelerator.device), "sum")))


def _epoch_seed(seed: int, epoch: int, process: int) -> int:
    return int(np.random.SeedSequence((seed, epoch, process)).generate_state(1, np.uint64)[0] >> 1)


def _save(
    path: Path,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LRScheduler | ReduceLROnPlateau | None,
    best: dict[str, Tensor],
    progress: Progress,
) -> None:
    """One safetensors file: model, best model and optimizer moments as tensors, the rest as JSON in its header."""
    tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in best.items()}
    optimizer_state = optimizer.state_dict()
    for index, moments in optimizer_state["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in moments.items()}
    header = {
        "progress": asdict(progress),
        "groups": optimizer_state["param_groups"],
        "schedule": _plain(schedule.state_dict()) if schedule is not None else None,
    }
    # Clones: tied weights share memory, which safetensors does not store.
    tensors = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    save_with(lambda beside: save_file(tensors, beside, metadata={"state": json.dumps(header)}), path)


def _resume(
    path: Path,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LRScheduler | ReduceLROnPlateau | None,
    best: dict[str, Tensor],
) -> Progress:
    """Load what `_save` wrote, if anything; fills `best` in place."""
    if not path.exists():
        return Progress()
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimizer": {}}
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["state"])
        for name in file.keys():  # noqa: SIM118 (safe_open is no mapping)
            part, _, rest = name.partition("/")
            parts[part][rest] = file.get_tensor(name)
    model.load_state_dict(parts["model"])
    for name, value in parts["best"].items():
        best[name].copy_(value)
    moments: dict[int, dict[str, Any]] = {}
    for name, value in parts["optimizer"].items():
        index, _, key = name.partition("/")
        moments.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": moments, "param_groups": header["groups"]})
    if schedule is not None:
        schedule.load_state_dict(header["schedule"])
    progress = Progress(**header["progress"])
    print(f"  going on after epoch {progress.epoch}", flush=True)
    return progress


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    """A schedule's state without what JSON does not hold (functions that its constructor sets again)."""
    return {key: value for key, value in state.items() if isinstance(value, (int, float, str, list, type(None)))}
