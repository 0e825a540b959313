"""The image classifier's backbone, handed to a speaker: its name, its weights and, for a frozen one, its features."""

from pathlib import Path

from safetensors.torch import save_file

from stages.common.files import read_json, write_json, write_with
from stages.features import store
from stages.learning.backbones import Backbone
from stages.learning.weights import save_weights

# The value of speaker.weights that asks for it.
IMAGE_CLASSIFIER = "image_classifier"
FOLDER = Path("data/encoder")
WEIGHTS, NAME = FOLDER / "model.safetensors", FOLDER / "backbone.json"
FILES = (NAME, WEIGHTS)


def save(backbone: Backbone) -> None:
    """Write the backbone; its features are the business of `features.compute`."""
    write_json({"backbone": backbone.name}, NAME)
    save_weights(backbone.network, WEIGHTS)


def save_none() -> None:
    """Write the same files without a backbone, the same bytes each time."""
    write_json({}, NAME)
    write_with(lambda beside: save_file({}, beside), WEIGHTS)
    store.save_none(FOLDER)


def name() -> str:
    """The name of the backbone that `save` wrote."""
    backbone: str = read_json(NAME)["backbone"]
    return backbone
