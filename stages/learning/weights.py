"""Network weights: safetensors files, and the check that a model hub can be reached."""

from pathlib import Path

from huggingface_hub import constants, get_session
from safetensors.torch import load_file, save_file
from torch import nn

from stages.common.files import write_with

SECONDS_TO_ANSWER = 3.0


def save_weights(model: nn.Module, path: Path) -> None:
    """Write the state dict atomically, from any device."""
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    write_with(lambda temporary: save_file(weights, temporary), path)


def load_weights(model: nn.Module, path: Path) -> None:
    """Load the tensors of `path` into `model`, which must have the architecture of the saved one."""
    model.load_state_dict(load_file(path))


def hub_reachable(address: str | None = None) -> bool:
    """True if `address`, by default the hub, answers in seconds; the libraries' own downloads retry for a minute."""
    if address is None and constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(address or constants.ENDPOINT, timeout=SECONDS_TO_ANSWER)
    except Exception:  # any failure means that it cannot be reached
        return False
    return True
