"""Weights of networks as safetensors files."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from stages.common.files import write_with


def save_weights(model: nn.Module, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write the state dict atomically, from any device; `metadata` goes into the header of the file."""
    save_tensors(model.state_dict(), path, metadata)


def load_weights(model: nn.Module, path: Path) -> None:
    """Load the tensors of `path` into `model`, which must have the architecture of the saved one."""
    model.load_state_dict(load_file(path))


def save_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """As `save_weights`, of tensors by their names."""
    weights = {name: value.cpu().contiguous() for name, value in tensors.items()}
    write_with(lambda temporary: save_file(weights, temporary, dict(metadata or {})), path)


def load_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Overwrite `tensors` by those of `path`."""
    restore(tensors, load_file(path))


def restore(tensors: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    """Overwrite `tensors` by `values` of the same names and shapes.

    Raises:
        ValueError: the names or the shapes differ.
    """
    wrong = tensors.keys() ^ values.keys()
    if wrong := wrong or {name for name, value in values.items() if tensors[name].shape != value.shape}:
        raise ValueError(f"{len(wrong)} tensors are absent on one side or of another shape, {min(wrong)} among them")
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(values[name])


def learned(model: nn.Module) -> dict[str, Tensor]:
    """The part of the state dict that training changes: parameters that learn, and buffers; tied ones once."""
    learn = {name for name, weight in model.named_parameters() if weight.requires_grad}
    others = {name for name, _ in model.named_parameters(remove_duplicate=False)} - learn
    return {name: value for name, value in model.state_dict().items() if name not in others}
