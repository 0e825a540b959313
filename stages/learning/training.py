"""The training loop of all models: epochs, validation, early stopping, exact resume.

A plain PyTorch loop on `accelerate`, which lets several processes share each batch. Data
and loss belong to a `Task`; the loop knows neither text nor pictures.

Randomness is a function of (seed, epoch, process): the order of the data and the dropout
of an epoch do not depend on earlier epochs. A killed run therefore resumes after its last
complete epoch and ends with the weights of an uninterrupted one.

Processes that share a batch train the model that one process would: a loss is a sum over
all processes divided by the counts of all processes, and batch normalisation keeps its
initial statistics, which would otherwise be those of a part of the batch. Only dropout
differs, since each process draws its own.
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
from stages.common.files import atomic_write, require_space
from stages.common.locks import exclusive
from stages.common.progress import track
from stages.learning.checkpoint import (
    Progress,  # the result of `fit`
    checkpoint_size,
    resume,
    save,
)
from stages.learning.device import gpu_errors, peak_memory
from stages.learning.launch import Finished
from stages.learning.weights import learned, restore

# The parts of a loss: name -> (sum, count). Their means add up to the loss. Sums and counts, not
# means, so that the mean is over the whole batch however many processes share it.
Terms = dict[str, tuple[Tensor, int]]
Schedule = LRScheduler | ReduceLROnPlateau


class Task(Protocol):
    """Data, loss and validation of one model."""

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """The item numbers of each batch of an epoch, a function of the seed and `epoch` only."""

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """The terms of the loss on `items`; gradients flow through the sums."""

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Validation metrics, among them `val_loss` (lower is better); called without gradients."""


class CountedTask(Task, Protocol):
    """A task that knows the counts of its terms before it computes them."""

    def counts(self, items: np.ndarray) -> dict[str, int]:
        """The count of each term of `terms(model, items)`."""


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
    schedule: Schedule | None = None,
    each_update: bool = False,
    clip_norm: float | None = None,
    bf16: bool | None = None,
    parts: int = 1,
    item: str = "items",
    units: Mapping[str, str] | None = None,
) -> Progress:
    """Train `model` in place; it ends with the weights of the epoch with the lowest `val_loss`.

    Args:
        patience: stop after this many consecutive epochs without a lower `val_loss`.
        scratch: folder of the checkpoint, which the caller clears when the outs are saved.
        curves: TSV with one line per epoch, rewritten after each.
        schedule: stepped after every epoch, a plateau schedule with `val_loss`.
        each_update: step the schedule (no plateau schedule then) after every update of the weights instead.
        clip_norm: largest L2 norm of the gradient over all parameters.
        bf16: compute the loss in bfloat16 where autocast considers that safe; by default on a GPU.
        parts: compute each batch in so many parts, one after the other, whose gradients add up to that of the batch;
            the task is then a `CountedTask`. Statistics of batch normalisation are those of a part.
        item, units: names of the items, and of what the counts of some terms count, for the throughput in the log.

    Raises:
        UserError: the disk has no space for checkpoints, the validation loss is not finite, the
            device failed, or another process runs the same training.
        Finished: in every process but the first, at the end.
    """
    run = _Run(model, optimizer, task, schedule, device, seed, each_update, clip_norm, bf16, parts)
    first, best = run.accelerator.is_main_process, _copy(model)
    if first:
        require_space(scratch, checkpoint_size(model), "the checkpoints")
    with _training_lock(scratch) if first else nullcontext():
        progress = resume(scratch, model, optimizer, schedule, best)
        if progress.history and first:
            # DVC has removed the curves of the run that was killed.
            write_curves(progress.history, curves)
        while progress.epoch < epochs and progress.epoch - progress.best_epoch < patience:
            metrics, tally = run.epoch(progress.epoch + 1)
            progress.add(metrics)
            best = _copy(model) if progress.best_epoch == progress.epoch else best
            if first:
                save(scratch, model, optimizer, schedule, best, progress)
                write_curves(progress.history, curves)
                _log(progress, epochs, f"{tally.describe(item, units or {})}, peak {peak_memory(device):.2f} GB")
    restore(learned(model), best)
    model.eval()
    run.accelerator.end_training()
    if not first:
        raise Finished
    return progress


def _training_lock(scratch: Path) -> AbstractContextManager[None]:
    """Equal trainings share a checkpoint, also in copies of the repository, so only one may run at a time."""
    return exclusive(scratch.with_name(f"{scratch.name}.lock"), f"the same training is running in {scratch.parent}")


def _log(progress: Progress, epochs: int, usage: str) -> None:
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in progress.history[-1].items() if name != "epoch")
    print(f"  epoch {progress.epoch} of {epochs}: {metrics} ({usage})", flush=True)


def clear(scratch: Path) -> None:
    """Remove the checkpoint of a training whose outs are saved."""
    shutil.rmtree(scratch, ignore_errors=True)


def write_curves(history: Sequence[dict[str, float]], path: Path, columns: Sequence[str] = ()) -> None:
    """One line per epoch, tab-separated; numbers with six significant digits. Without any epoch, only `columns`."""
    lines = ["\t".join(history[0] if history else columns)]
    lines += ["\t".join(f"{value:.6g}" for value in row.values()) for row in history]
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def shuffled_batches(items: int, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The numbers 0..items-1 in a random order, in batches of at most `batch_size`."""
    order = np.random.default_rng((seed, epoch)).permutation(items)
    return [order[start : start + batch_size] for start in range(0, items, batch_size)]


@dataclass
class _Tally:
    """Sums and counts of an epoch's loss terms over all processes, its items and its seconds."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    items: int = 0
    seconds: float = 0.0

    def add(self, name: str, total: Tensor, count: int) -> None:
        self.sums[name] = self.sums[name] + total if name in self.sums else total
        self.counts[name] = self.counts.get(name, 0) + count

    def means(self) -> dict[str, float]:
        return {f"train_{name}": float(total) / self.counts[name] for name, total in self.sums.items()}

    def describe(self, item: str, units: Mapping[str, str]) -> str:
        """Time and throughput as in `12.3 s, 56 images/s, 1,234 tokens/s`."""
        counts = {item: self.items} | {unit: self.counts[name] for name, unit in units.items()}
        return ", ".join(
            [f"{self.seconds:.1f} s", *(f"{count / self.seconds:,.0f} {unit}/s" for unit, count in counts.items())]
        )


class _Run:
    """Model, optimizer and task of one training on its device and processes; runs one epoch at a time."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        task: Task,
        schedule: Schedule | None,
        device: torch.device,
        seed: int,
        each_update: bool,
        clip_norm: float | None,
        bf16: bool | None,
        parts: int,
    ) -> None:
        self.accelerator = Accelerator(cpu=device.type == "cpu")
        self.model, self.task, self.seed, self.clip_norm, self.parts = model, task, seed, clip_norm, parts
        # Training uses the prepared model and optimizer; validation and checkpoints the plain ones.
        self.prepared_model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.update_schedule = schedule if each_update else None
        self.epoch_schedule = None if each_update else schedule
        bf16 = device.type == "cuda" if bf16 is None else bf16
        self.autocast = torch.autocast(device.type, torch.bfloat16, enabled=bf16)
        self.frozen_statistics = _must_freeze(self.accelerator, model)

    def epoch(self, epoch: int) -> tuple[dict[str, float], _Tally]:
        """Train and validate once; metrics are `train_<term>` and those of the task."""
        torch.manual_seed(_epoch_seed(self.seed, epoch, self.accelerator.process_index))
        _set_training(self.model, frozen_statistics=self.frozen_statistics)
        with gpu_errors(f"in epoch {epoch}; the epochs before it are saved, and the next run resumes there"):
            tally = self._train(epoch)
            metrics = tally.means() | self._validate(epoch)
        if isinstance(self.epoch_schedule, ReduceLROnPlateau):
            self.epoch_schedule.step(metrics["val_loss"])
        elif self.epoch_schedule is not None:
            self.epoch_schedule.step()
        return metrics, tally

    def _train(self, epoch: int) -> _Tally:
        tally, started = _Tally(), time.perf_counter()
        for items in track(self.task.batches(epoch), f"epoch {epoch}"):
            self._backward(items, tally)
            if self.clip_norm is not None:
                self.accelerator.clip_grad_norm_(self.prepared_model.parameters(), self.clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
            if self.update_schedule is not None:
                self.update_schedule.step()
            tally.items += len(items)
        sums = {name: self.accelerator.reduce(total, "sum") for name, total in tally.sums.items()}
        tally.sums = {name: cast(Tensor, total).cpu() for name, total in sums.items()}
        tally.seconds = time.perf_counter() - started
        return tally

    def _backward(self, items: np.ndarray, tally: _Tally) -> None:
        """Add the gradient of a batch, computed in parts; processes exchange gradients once, after the last part."""
        if self.parts == 1:
            self.accelerator.backward(self._loss(items, tally))
            return
        counts = cast(CountedTask, self.task).counts(items)
        *others, last = [part for part in np.array_split(items, self.parts) if len(part)]
        for part in others:
            with self.accelerator.no_sync(self.prepared_model):
                self.accelerator.backward(self._loss(part, tally, counts))
        self.accelerator.backward(self._loss(last, tally, counts))

    def _loss(self, items: np.ndarray, tally: _Tally, counts: Mapping[str, int] | None = None) -> Tensor:
        """The loss of a batch, whose gradient averaged over processes is that of the whole batch; adds to `tally`.

        Args:
            counts: of the terms of the whole batch, if `items` are a part of it.
        """
        with self.autocast:
            terms = _share_terms(self.accelerator, self.prepared_model, self.task, items)
        loss = torch.zeros((), device=self.accelerator.device)
        for name, (total, count) in terms.items():
            count = _sum_over_processes(self.accelerator, count)
            # Gradients are averaged over processes: times their number, the loss is the sum over all.
            loss = loss + total * self.accelerator.num_processes / (counts[name] if counts else count)
            tally.add(name, total.detach(), count)
        return loss

    def _validate(self, epoch: int) -> dict[str, float]:
        """The task's metrics as computed by the first process, so that all processes decide alike on their basis."""
        self.model.eval()
        with torch.no_grad():
            (metrics,) = broadcast_object_list([self.task.validate(self.model)])
        if not np.isfinite(metrics["val_loss"]):
            raise UserError(
                f"training diverged: val_loss is {metrics['val_loss']} after epoch {epoch}; a lower learning rate "
                "may help"
            )
        return cast(dict[str, float], metrics)


def _share_terms(accelerator: Accelerator, model: nn.Module, task: Task, items: np.ndarray) -> Terms:
    """The loss terms of this process's share of a batch.

    A process with an empty share runs the model too, because all processes exchange
    gradients, but adds zeros.
    """
    share = items[accelerator.process_index :: accelerator.num_processes]
    if len(share):
        return task.terms(model, share)
    return {name: (total * 0, 0) for name, (total, _) in task.terms(model, items[:1]).items()}


def _sum_over_processes(accelerator: Accelerator, count: int) -> int:
    """The sum of `count` over all processes; a single process needs no round trip to the device."""
    if accelerator.num_processes == 1:
        return count
    return int(cast(Tensor, accelerator.reduce(torch.tensor(count, device=accelerator.device), "sum")))


def _must_freeze(accelerator: Accelerator, model: nn.Module) -> bool:
    """True, with a message, if several processes share the batches of a model with batch normalisation."""
    shared = accelerator.num_processes > 1 and any(isinstance(module, _BatchNorm) for module in model.modules())
    if shared:
        print(f"  {accelerator.num_processes} processes: batch normalisation keeps its statistics", flush=True)
    return shared


def _set_training(model: nn.Module, *, frozen_statistics: bool) -> None:
    model.train()
    if frozen_statistics:
        for module in model.modules():
            if isinstance(module, _BatchNorm):
                module.eval()


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in learned(model).items()}


def _epoch_seed(seed: int, epoch: int, process: int) -> int:
    return int(np.random.SeedSequence((seed, epoch, process)).generate_state(1, np.uint64)[0] >> 1)
