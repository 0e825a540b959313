"""A trained speaker as a folder: weights, config and vocabulary; what one needs to caption a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.params import Fit
from stages.learning.backbones import Backbone
from stages.learning.weights import load_weights, save_weights
from stages.speaker.interface import Network
from stages.speaker.params import Source
from stages.speaker.registry import build
from stages.utterances.vocabulary import Vocabulary

FOLDER = Path("data/speaker")
FILES = ("config.json", "model.safetensors", "vocabulary.json")


@dataclass(frozen=True)
class Trained:
    """A speaker with its vocabulary, the squares (`size`, `fit`) that it looks at, and whose emotions it was told:
    each caption's writer's, or the shares of all of an artwork's annotations.

    `taught` is the digest of what it learnt from (`utterances.taught`), null where that was elsewhere.
    """

    model: Network
    vocabulary: Vocabulary
    size: int
    fit: Fit
    emo_from: Source = "utterance"
    taught: str | None = None


def save(trained: Trained, config: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write model.safetensors, config.json and vocabulary.json."""
    about = {"size": trained.size, "fit": trained.fit, "taught": trained.taught}
    write_json(config | about, folder / "config.json")
    trained.vocabulary.save(folder / "vocabulary.json")
    save_weights(trained.model, folder / "model.safetensors")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> Trained:
    """What `save` wrote, ready to speak.

    Raises:
        UserError: the folder holds no speaker.
    """
    if missing := [name for name in FILES if not (folder / name).exists()]:
        raise UserError(f"{folder}: no speaker there ({missing[0]} is missing); `dvc repro speaker` trains one")
    config = read_json(folder / "config.json")
    model = build(config, Backbone(config["backbone"], pooling=config["pooling"]))
    load_weights(model, folder / "model.safetensors")
    vocabulary = Vocabulary.load(folder / "vocabulary.json")
    told, taught = config["emo_from"], config.get("taught")
    return Trained(model.to(device).eval(), vocabulary, config["size"], config["fit"], told, taught)


def files(folder: str) -> list[Path]:
    """The files of the speaker in `folder`, none where it is "none": what starts from it depends on them."""
    return [] if folder == "none" else [Path(folder) / name for name in FILES]
