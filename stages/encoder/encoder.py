"""The image encoder prepared for a speaker, as a folder: config, weights and, for some, features of all pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

from stages.common.files import read_json, write_json, write_with
from stages.common.params import Pooling
from stages.learning.backbones import Backbone
from stages.learning.weights import save_weights

FOLDER = Path("data/encoder")
CONFIG, FEATURES, WEIGHTS = (FOLDER / name for name in ("config.json", "features.npy", "model.safetensors"))
FILES = (CONFIG, FEATURES, WEIGHTS)


@dataclass(frozen=True)
class Encoder:
    """A backbone, its weights (a value of speaker.weights in params.yaml), and its features of all pictures (N, C)."""

    backbone: str
    weights: str
    pooling: Pooling | None = None
    features: np.ndarray | None = None


def save(backbone: Backbone, features: np.ndarray | None) -> None:
    """Write config.json, model.safetensors and features.npy, float32 (N, C), empty without features."""
    write_json({"backbone": backbone.name, "pooling": backbone.pooling}, CONFIG)
    save_weights(backbone.network, WEIGHTS)
    _save_features(features)


def save_empty() -> None:
    """Write the same three files without an encoder, the same bytes each time."""
    write_json({}, CONFIG)
    write_with(lambda beside: save_file({}, beside), WEIGHTS)
    _save_features(None)


def _save_features(features: np.ndarray | None) -> None:
    values = np.zeros((0, 0), np.float32) if features is None else features
    write_with(lambda beside: np.save(beside, values), FEATURES)


def load() -> Encoder | None:
    """The encoder that `save` wrote; None after `save_empty`."""
    config = read_json(CONFIG)
    if not config:
        return None
    features = np.load(FEATURES, mmap_mode="r") if config["pooling"] else None
    return Encoder(config["backbone"], str(WEIGHTS), config["pooling"], features)
