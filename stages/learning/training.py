"""The one training loop of all models: epochs, validation, early stopping, exact resume.

A plain PyTorch loop on `accelerate`, which lets several processes share each batch.
What is learnt is the business of a `Task`: the loop knows neither words nor pictures.

Randomness is a function of (seed, epoch, process): the order of the data and the
dropout of an epoch do not depend on the epochs before it. A killed run therefore
goes on from its last whole epoch and ends with the weights of an uninterrupted one.

Processes that share a batch train the model that one process would: a loss is a sum over
all of them divided by the counts of all of them, and batch normalisation keeps the
statistics it starts with, which would else be those of a part of the batch. Dropout
alone differs, since each process draws its own.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from stages.common.errors import UserError
from stages.common.files import replacing, require
from stages.common.locks import alone
from stages.common.progress import track
from stages.learning.checkpoint import (
    Progress,  # what `fit` returns
    resume,
    room,
    save,
)
from stages.learning.device import explained, peak
from stages.learning.launch import Finished

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
class Tally:
    """What an epoch came to: the sums and counts of its terms over all processes, its items and its time."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    items: int = 0
    seconds: float = 0.0

    def add(self, name: str, total: Tensor, count: int) -> None:
        self.sums[name] = self.sums[name] + total if name in self.sums else total
        self.counts[name] = self.counts.get(name, 0) + count

    def speeds(self, item: str, units: Mapping[str, str]) -> str:
        """`56 images/s, 1,234 tokens/s`; `units` says for some terms what their means are over."""
        counted = {item: self.items} | {unit: self.counts[name] for name, unit in units.items()}
        return ", ".join(f"{count / self.seconds:,.0f} {unit}/s" for unit, count in counted.items())


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
    each_update: bool = False,
    clip_norm: float | None = None,
    frozen_statistics: bool = False,
    bf16: bool | None = None,
    item: str = "items",
    units: Mapping[str, str] | None = None,
) -> Progress:
    """Train `model` in place; it ends with the weights of the epoch with the lowest `val_loss`.

    Args:
        schedule: stepped after every epoch, a plateau schedule with `val_loss`.
        each_update: the schedule (no plateau one then) is stepped after every update of the weights instead.
        patience: stop after this many epochs in a row without a lower `val_loss`.
        clip_norm: largest L2 norm of the gradient over all parameters.
        scratch: folder of the checkpoint; removed by the caller, once outs are saved.
        curves: a TSV with one line an epoch, rewritten after each.
        frozen_statistics: one process, too, leaves batch normalisation the statistics it starts with.
        bf16: whether the loss is computed in bfloat16 where that is safe; by default on a GPU.
        item: what batches hold, for the log.
        units: what the mean of a term is over, for the log, which tells how many a second.

    Raises:
        UserError: the disk has no room for checkpoints, the validation loss is no longer finite, the
            device failed, or another run is at it.
        Finished: in every process but the first, at the end.
    """
    accelerator = Accelerator(cpu=device.type == "cpu")
    if accelerator.is_main_process:
        require(scratch, room(model), "the checkpoints")
    wrapped, prepared = accelerator.prepare(model, optimizer)
    precision = torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda" if bf16 is None else bf16)
    frozen = frozen_statistics or _must_freeze(accelerator, model)
    best = _copy(model)
    with _sole(scratch) if accelerator.is_main_process else nullcontext():
        progress = resume(scratch, model, optimizer, schedule, best)
        if progress.history and accelerator.is_main_process:
            # DVC has removed the curves of the run that was killed.
            write_curves(progress.history, curves)
        while progress.epoch < epochs and progress.epoch - progress.best_epoch < patience:
            epoch = progress.epoch + 1
            torch.manual_seed(_epoch_seed(seed, epoch, accelerator.process_index))
            _to_training(model, frozen_statistics=frozen)
            with explained(f"in epoch {epoch}; those before it are kept, and the next run goes on from there"):
                stepped = schedule if each_update else None
                tally = _train_epoch(accelerator, wrapped, prepared, stepped, task, epoch, clip_norm, precision)
                figures = _means(tally) | _validate(accelerator, model, task, epoch)
            if not each_update:
                _adjust(schedule, figures["val_loss"])
            progress.add(figures)
            if progress.best_epoch == epoch:
                best = _copy(model)
            if accelerator.is_main_process:
                save(scratch, model, optimizer, schedule, best, progress)
                write_curves(progress.history, curves)
                told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
                used = f"{tally.seconds:.1f} s, {tally.speeds(item, units or {})}, peak {peak(device):.2f} GB"
                print(f"  epoch {epoch} of {epochs}: {told} ({used})", flush=True)
    model.load_state_dict(best)
    model.eval()
    accelerator.end_training()
    if not accelerator.is_main_process:
        raise Finished
    return progress


def _sole(scratch: Path) -> AbstractContextManager[None]:
    """Equal runs share a checkpoint, also from copies of the repository: one after the other."""
    return alone(scratch.with_name(f"{scratch.name}.lock"), f"an equal run trains in {scratch.parent}")


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
    schedule: LRScheduler | None,
    task: Task,
    epoch: int,
    clip_norm: float | None,
    precision: AbstractContextManager[None],
) -> Tally:
    """One pass over the training data; `schedule` is stepped with every update."""
    tally, started = Tally(), time.perf_counter()
    for items in track(task.batches(epoch), f"epoch {epoch}"):
        with precision:
            terms = _own_terms(accelerator, model, task, items)
        loss = torch.zeros((), device=accelerator.device)
        for name, (total, count) in terms.items():
            seen = _everywhere(accelerator, count)
            # Gradients are averaged over processes: times their number, it is the sum over all.
            loss = loss + total * accelerator.num_processes / seen
            tally.add(name, total.detach(), seen)
        accelerator.backward(loss)
        if clip_norm is not None:
            accelerator.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        optimizer.zero_grad()
        if schedule is not None:
            schedule.step()
        tally.items += len(items)
    tally.sums = {name: cast(Tensor, accelerator.reduce(total, "sum")).cpu() for name, total in tally.sums.items()}
    tally.seconds = time.perf_counter() - started
    return tally


def _own_terms(accelerator: Accelerator, model: nn.Module, task: Task, items: np.ndarray) -> Terms:
    """The terms of this process's share of a batch.

    One whose share is empty takes part all the same, since gradients are exchanged,
    but counts for nothing.
    """
    own = items[accelerator.process_index :: accelerator.num_processes]
    if len(own):
        return task.terms(model, own)
    return {name: (total * 0, 0) for name, (total, _) in task.terms(model, items[:1]).items()}


def _everywhere(accelerator: Accelerator, count: int) -> int:
    """The sum of `count` over all processes; alone, without a round trip to the device."""
    if accelerator.num_processes == 1:
        return count
    return int(cast(Tensor, accelerator.reduce(torch.tensor(count, device=accelerator.device), "sum")))


def _means(tally: Tally) -> dict[str, float]:
    return {f"train_{name}": float(total) / tally.counts[name] for name, total in tally.sums.items()}


def _validate(accelerator: Accelerator, model: nn.Module, task: Task, epoch: int) -> dict[str, float]:
    """The task's figures, as the first process finds them: what follows from them must be the same in all."""
    model.eval()
    with torch.no_grad():
        (figures,) = broadcast_object_list([task.validate(model)])
    if not np.isfinite(figures["val_loss"]):
        raise UserError(
            f"training diverged: val_loss is {figures['val_loss']} after epoch {epoch}; a lower learning rate may help"
        )
    return cast(dict[str, float], figures)


def _adjust(schedule: LRScheduler | ReduceLROnPlateau | None, val_loss: float) -> None:
    if isinstance(schedule, ReduceLROnPlateau):
        schedule.step(val_loss)
    elif schedule is not None:
        schedule.step()


def _must_freeze(accelerator: Accelerator, model: nn.Module) -> bool:
    """Whether several processes share the batches of a model with batch normalisation; says so."""
    shared = accelerator.num_processes > 1 and any(isinstance(part, _BatchNorm) for part in model.modules())
    if shared:
        print(f"  {accelerator.num_processes} processes: batch normalisation keeps its statistics", flush=True)
    return shared


def _to_training(model: nn.Module, *, frozen_statistics: bool) -> None:
    model.train()
    if frozen_statistics:
        for part in model.modules():
            if isinstance(part, _BatchNorm):
                part.eval()


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _epoch_seed(seed: int, epoch: int, process: int) -> int:
    return int(np.random.SeedSequence((seed, epoch, process)).generate_state(1, np.uint64)[0] >> 1)
