"""Files of the image classifier's backbone that a speaker gets: name, weights and, for a frozen one, its features.

Separate from backbone.py, so that without such a backbone the stage needs no torch.
"""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from stages.common.errors import UserError
from stages.common.files import write_with
from stages.features import store

# The value of speaker.weights that asks for it.
IMAGE_CLASSIFIER = "image_classifier"
FOLDER = Path("data/encoder")
WEIGHTS = FOLDER / "model.safetensors"
# Key of the backbone's name in the header of that file.
BACKBONE = "backbone"


def save_none() -> None:
    """Write the same files without a backbone, the same bytes each time."""
    write_with(lambda beside: save_file({}, beside), WEIGHTS)
    store.save_none(FOLDER)


def name() -> str:
    """The name of the backbone that the stage wrote.

    Raises:
        UserError: there is none, or the file is damaged.
    """
    try:
        with safe_open(WEIGHTS, "numpy") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{WEIGHTS}: not readable ({error}); `dvc repro -f encoder` writes it") from None
    if BACKBONE not in metadata:
        raise UserError(f"{WEIGHTS}: empty, but speaker.weights is {IMAGE_CLASSIFIER}; `dvc repro encoder` fills it")
    return str(metadata[BACKBONE])
