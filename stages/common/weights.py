"""A network's weights as a safetensors file."""

from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import nn

from stages.common.tables import save_with


def save_weights(model: nn.Module, path: Path) -> None:
    """Write every tensor of the state dict, wherever it lies, whole or not at all."""
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    save_with(lambda beside: save_file(weights, beside), path)


def load_weights(model: nn.Module, path: Path) -> None:
    """Put the tensors of `path` into `model`, whose architecture must be the saved one's."""
    model.load_state_dict(load_file(path))
