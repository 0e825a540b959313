"""Weights of networks as safetensors files."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import nn

from stages.common.files import write_with


def save_weights(model: nn.Module, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write the state dict atomically, from any device; `metadata` goes into the header of the file."""
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    write_with(lambda temporary: save_file(weights, temporary, dict(metadata or {})), path)


def load_weights(model: nn.Module, path: Path) -> None:
    """Load the tensors of `path` into `model`, which must have the architecture of the saved one."""
    model.load_state_dict(load_file(path))
