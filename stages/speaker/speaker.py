"""A trained speaker as a folder: weights, config and vocabulary; what one needs to caption a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from stages.common.errors import UserError
from stages.common.tables import read_json, save_with, write_json
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
    weights = {name: value.cpu().contiguous() for name, value in trained.model.state_dict().items()}
    save_with(lambda beside: save_file(weights, beside), folder / "model.safetensors")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> Trained:
    """What `save` wrote, ready to speak.

    Raises:
        UserError: the folder holds no speaker.
    """
    if not (folder / "config.json").exists():
        raise UserError(f"{folder}: no speaker there (config.json is missing); `dvc repro speaker` trains one")
    config = read_json(folder / "config.json")
    model = build(config, Backbone(config["backbone"]))
    model.load_state_dict(load_file(folder / "model.safetensors"))
    vocabulary = Vocabulary.load(folder / "vocabulary.json")
    return Trained(model.to(device).eval(), vocabulary, config["size"], config["fit"])
