"""A trained speaker as a folder: weights, config and vocabulary; what one needs to caption a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stages.common.errors import UserError
from stages.common.tables import read_json, write_json
from stages.common.weights import load_weights, save_weights
from stages.features.backbones import Backbone
from stages.images.params import Fit
from stages.speaker.sat import ShowAttendTell
from stages.utterances.vocabulary import Vocabulary

FOLDER = Path("data/speaker")


@dataclass(frozen=True)
class Trained:
    """A speaker with its vocabulary, and the squares (`size`, `fit`) that it looks at."""

    model: ShowAttendTell
    vocabulary: Vocabulary
    size: int
    fit: Fit


def build(config: dict[str, Any], backbone: Backbone) -> ShowAttendTell:
    """The untrained network of a config."""
    sizes = {key: config[key] for key in ("vocabulary", "embedding", "attention", "hidden", "dropout")}
    return ShowAttendTell(backbone=backbone, grounded=config["emo_grounding"], **sizes)


def save(trained: Trained, config: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write model.safetensors, config.json and vocabulary.json."""
    write_json(config | {"size": trained.size, "fit": trained.fit}, folder / "config.json")
    trained.vocabulary.save(folder / "vocabulary.json")
    save_weights(trained.model, folder / "model.safetensors")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> Trained:
    """What `save` wrote, ready to speak.

    Raises:
        UserError: the folder holds no speaker.
    """
    if not (folder / "config.json").exists():
        raise UserError(f"{folder}: no speaker there (config.json is missing); `dvc repro speaker` trains one")
    config = read_json(folder / "config.json")
    model = build(config, Backbone(config["backbone"]))
    load_weights(model, folder / "model.safetensors")
    vocabulary = Vocabulary.load(folder / "vocabulary.json")
    return Trained(model.to(device).eval(), vocabulary, config["size"], config["fit"])
