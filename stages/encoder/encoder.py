"""The image classifier's backbone, handed to a speaker: its name, its weights and, for a frozen one, its features."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from stages.common.errors import UserError
from stages.common.files import write_with
from stages.features import store
from stages.learning.backbones import Backbone

# The value of speaker.weights that asks for it.
IMAGE_CLASSIFIER = "image_classifier"
FOLDER = Path("data/encoder")
WEIGHTS = FOLDER / "model.safetensors"


def save(backbone: Backbone) -> None:
    """Write name and weights; the features are the business of `features.compute`."""
    tensors = {name: value.cpu().contiguous() for name, value in backbone.network.state_dict().items()}
    write_with(lambda beside: save_file(tensors, beside, {"backbone": backbone.name}), WEIGHTS)


def save_none() -> None:
    """Write the same files without a backbone, the same bytes each time."""
    write_with(lambda beside: save_file({}, beside), WEIGHTS)
    store.save_none(FOLDER)


def name() -> str:
    """The name of the backbone that `save` wrote.

    Raises:
        UserError: there is none, or the file is damaged.
    """
    try:
        with safe_open(WEIGHTS, "pt") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{WEIGHTS}: not readable ({error}); `dvc repro -f encoder` writes it") from None
    if "backbone" not in metadata:
        raise UserError(f"{WEIGHTS}: empty, but speaker.weights is {IMAGE_CLASSIFIER}; `dvc repro encoder` fills it")
    return str(metadata["backbone"])
