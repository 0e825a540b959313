"""Network weights: safetensors files, and whether a model hub can be reached."""

from pathlib import Path

from huggingface_hub import constants, get_session
from safetensors.torch import load_file, save_file
from torch import nn

from stages.common.files import save_with


def save_weights(model: nn.Module, path: Path) -> None:
    """Write every tensor of the state dict, wherever it lies, whole or not at all."""
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    save_with(lambda beside: save_file(weights, beside), path)


def load_weights(model: nn.Module, path: Path) -> None:
    """Put the tensors of `path` into `model`, whose architecture must be the saved one's."""
    model.load_state_dict(load_file(path))


SECONDS_TO_ANSWER = 3.0


def answers(address: str | None = None) -> bool:
    """Whether `address` does, by default the hub; libraries' own downloads would retry for a minute."""
    if address is None and constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(address or constants.ENDPOINT, timeout=SECONDS_TO_ANSWER)
    except Exception:  # whatever keeps it from answering, the answer is no
        return False
    return True
