"""A trained speaker as a folder: weights, config and vocabulary, all that captioning needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.params import Fit
from stages.learning.backbones import Backbone
from stages.learning.learned_from import LearnedFrom
from stages.learning.weights import load_tensors, save_tensors
from stages.speaker.interface import Network
from stages.speaker.params import Source
from stages.speaker.registry import ARCHITECTURES, Words, build, emotions_of

FOLDER = Path("data/speaker")
FILES = ("config.json", "model.safetensors", "vocabulary.json")


@dataclass(frozen=True)
class Trained:
    """A speaker and what its inputs look like.

    Attributes:
        size, fit: side of the square images, in pixels, and how pictures become square.
        emo_from: the emotions it was trained with: those of each caption's annotator (utterance), or the
            distribution over all annotations of an artwork (artwork).
        emotions: labels that it was grounded on; none for a plain one.
        trained_on: digest of the training data (`utterances.vocabulary.digest`); None for a foreign speaker.
        data: what it learned from; None for a foreign speaker.
    """

    model: Network
    vocabulary: Words
    size: int
    fit: Fit
    emo_from: Source = "utterance"
    emotions: tuple[str, ...] = ()
    trained_on: str | None = None
    data: LearnedFrom | None = None


def save(trained: Trained, config: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write model.safetensors, config.json and vocabulary.json."""
    inputs = {"size": trained.size, "fit": trained.fit, "taught": trained.trained_on}
    data = {"data": trained.data and trained.data._asdict()}
    write_json(config | inputs | data, folder / "config.json")
    trained.vocabulary.save(folder / "vocabulary.json")
    save_tensors(trained.model.own_state(), folder / "model.safetensors")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> Trained:
    """The speaker that `save` wrote, in evaluation mode.

    Raises:
        UserError: the folder holds no speaker, or its base model is missing.
    """
    if missing := [name for name in FILES if not (folder / name).exists()]:
        raise UserError(f"{folder}: no speaker there ({missing[0]} is missing); `dvc repro speaker` trains one")
    config = read_json(folder / "config.json")
    model = build(config, Backbone(config["backbone"], pooling=config["pooling"]))
    try:
        load_tensors(model.own_state(), folder / "model.safetensors")
    except ValueError as error:
        reason = f"not the weights of the speaker that its config.json describes ({error})"
        raise UserError(f"{folder / 'model.safetensors'}: {reason}; train the speaker again") from None
    model.place(torch.device(device)).eval().settle()
    return Trained(
        model=model,
        vocabulary=ARCHITECTURES[config["arch"]].read_words(folder / "vocabulary.json"),
        size=config["size"],
        fit=config["fit"],
        emo_from=config["emo_from"],
        emotions=emotions_of(config),
        trained_on=config.get("taught"),
        data=LearnedFrom(**config["data"]) if config.get("data") else None,
    )


def files(folder: str) -> list[Path]:
    """The files of the speaker in `folder`; none if it is "none"."""
    return [] if folder == "none" else [Path(folder) / name for name in FILES]
