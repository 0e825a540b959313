"""Training checkpoints: their folder, their content, and resuming from them."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from stages.common.files import write_with
from stages.learning.weights import learned, restore

FILE = "checkpoint.safetensors"


@dataclass
class Progress:
    """Epochs completed, the best epoch, and the metrics of each (`history`)."""

    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    history: list[dict[str, float]] = field(default_factory=list)

    def add(self, metrics: dict[str, float]) -> None:
        """Count one more epoch; `val_loss` among its metrics decides whether it is the best (lower is better)."""
        self.epoch += 1
        self.history.append({"epoch": self.epoch, **metrics})
        if metrics["val_loss"] < self.best_loss:
            self.best_epoch, self.best_loss = self.epoch, metrics["val_loss"]


def save(
    folder: Path,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LRScheduler | ReduceLROnPlateau | None,
    best: dict[str, Tensor],
    progress: Progress,
) -> None:
    """Write one safetensors file: what the model and the best model have learned and the optimizer's moments as
    tensors, the rest as JSON in its header.

    `accelerate.Accelerator.save_state` is not used: it writes optimizer and schedule as pickles.
    """
    tensors = {f"model/{name}": value for name, value in learned(model).items()}
    tensors |= {f"best/{name}": value for name, value in best.items()}
    optimizer_state = optimizer.state_dict()
    for index, moments in optimizer_state["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in moments.items()}
    header = {
        "progress": asdict(progress),
        "groups": optimizer_state["param_groups"],
        "schedule": _json_state(schedule.state_dict()) if schedule is not None else None,
    }
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    metadata = {"state": json.dumps(header)}
    write_with(lambda path: save_file(tensors, path, metadata=metadata), folder / FILE)


def checkpoint_size(model: nn.Module) -> int:
    """Bytes of two checkpoints with Adam's two moments: a new one is written before the last is removed."""
    weights = sum(value.nbytes for value in learned(model).values())
    trainable = sum(value.nbytes for value in model.parameters() if value.requires_grad)
    return 2 * (2 * weights + 2 * trainable)


def resume(
    folder: Path,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LRScheduler | ReduceLROnPlateau | None,
    best: dict[str, Tensor],
) -> Progress:
    """Load the checkpoint in `folder`, if there is one, into the arguments; a new `Progress` if there is none."""
    path = folder / FILE
    if not path.exists():
        return Progress()
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimizer": {}}
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["state"])
        for name in file.keys():  # noqa: SIM118 (safe_open is no mapping)
            part, _, rest = name.partition("/")
            parts[part][rest] = file.get_tensor(name)
    restore(learned(model), parts["model"])
    restore(best, parts["best"])
    parameters = [value for group in optimizer.param_groups for value in group["params"]]
    moments: dict[int, dict[str, Any]] = {}
    for name, value in parts["optimizer"].items():
        index, _, key = name.partition("/")
        moments.setdefault(int(index), {})[key] = _in_layout_of(parameters[int(index)], value)
    optimizer.load_state_dict({"state": moments, "param_groups": header["groups"]})
    if schedule is not None:
        schedule.load_state_dict(header["schedule"])
    progress = Progress(**header["progress"])
    print(f"  resuming after epoch {progress.epoch}", flush=True)
    return progress


def _in_layout_of(parameter: Tensor, value: Tensor) -> Tensor:
    """`value` in the memory layout of `parameter`: fused optimizers read both in one pass."""
    if value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)


def _json_state(state: dict[str, Any]) -> dict[str, Any]:
    """A schedule's state without values that JSON cannot hold (functions, which its constructor sets again)."""
    return {key: value for key, value in state.items() if isinstance(value, (int, float, str, list, type(None)))}


def fingerprint(params: BaseModel, inputs: Iterable[Path], machine: str) -> str:
    """A hash of `params`, `machine`, the bytes of `inputs` and the source of every module of `stages` loaded so far.

    Args:
        machine: device, threads and torch version (`device.describe`), on which sums depend too.
    """
    digest = hashlib.sha256(f"{params.model_dump_json()}\n{machine}".encode())
    for path in inputs:
        with path.open("rb") as file:
            digest.update(f"\n{path}:{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    for name, module in sorted(sys.modules.items()):
        if name.split(".")[0] == "stages" and (source := getattr(module, "__file__", None)):
            digest.update(f"\n{name}:".encode() + Path(source).read_bytes())
    return digest.hexdigest()[:32]


def scratch_folder(stage: str, params: BaseModel, inputs: Iterable[Path], machine: str) -> Path:
    """Checkpoint folder of runs of `stage` with equal fingerprints; the caller clears it when the outs are saved."""
    return Path(os.environ.get("DVC_ROOT", ".")) / ".scratch" / stage / fingerprint(params, inputs, machine)
