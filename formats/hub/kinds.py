"""Kinds of models that repositories hold: the files of each, and how its config.json is known."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stages.common.errors import UserError
from stages.common.files import read_json

# Begins the names of torchvision's networks.
TORCHVISION = "torchvision:"
CONFIG, WEIGHTS = "config.json", "model.safetensors"


class Kind(NamedTuple):
    """A kind of models of this program.

    Attributes:
        stage: which trains it, and the name of its folder in data/.
        option: of the command that uses it.
        keys: that its config.json has, and those of other programs have not.
        files: all its files, by its config.json.
        check: load it from a folder, as the commands do.
    """

    stage: str
    option: str
    keys: tuple[str, ...]
    files: Callable[[Mapping[str, Any]], Sequence[str]]
    check: Callable[[Path], object]

    @property
    def name(self) -> str:
        return self.stage.replace("_", " ")

    @property
    def folder(self) -> Path:
        """That of the study's own."""
        return Path("data") / self.stage

    @staticmethod
    def config(folder: Path) -> dict[str, Any]:
        """The config.json of a model."""
        values: dict[str, Any] = read_json(folder / CONFIG)
        return values

    def require(self, config: Any, given: str) -> None:
        """Check the config.json of the model `given`.

        Raises:
            UserError: it is that of another kind of model, or its encoder is not one that a pinned package defines.
        """
        if missing := [key for key in self.keys if not isinstance(config, dict) or key not in config]:
            raise UserError(
                f"{given}: no {self.name} of this program: its {CONFIG} has no key {missing[0]}; expected what "
                f"`artemis publish {self.command}` wrote"
            )
        backbone = str(config.get("backbone", ""))
        # timm would fetch or read the definition of such a network: hf-hub:OWNER/NAME, local-dir:FOLDER.
        if ":" in backbone.removeprefix(TORCHVISION):
            raise UserError(
                f"{given}: its {CONFIG} has the backbone {backbone!r}, which lies elsewhere; expected the name of a "
                "network of timm or torchvision"
            )

    @property
    def command(self) -> str:
        """Its name in commands."""
        return self.stage.replace("_", "-")

    @property
    def example(self) -> str:
        """A command that uses the model which the option names."""
        subject = '"what a gloomy sea"' if self.stage == "text_classifier" else "my.jpg"
        return f"artemis {'caption' if self.stage == 'speaker' else 'predict'} {subject} {self.option}"


# The stages are imported where they are needed: each import takes seconds.


def _speaker_files(config: Mapping[str, Any]) -> Sequence[str]:
    from stages.speaker.checkpoint import FILES

    return FILES


def _image_classifier_files(config: Mapping[str, Any]) -> Sequence[str]:
    from stages.image_classifier.classifier import FILES

    return FILES


def _text_classifier_files(config: Mapping[str, Any]) -> Sequence[str]:
    from stages.text_classifier import tfidf

    baseline = () if config.get("baseline_weight") is None else (tfidf.CONFIG, tfidf.WEIGHTS)
    return (CONFIG, WEIGHTS, *baseline)


def _load_speaker(folder: Path) -> object:
    from stages.speaker.checkpoint import load

    return load(folder)


def _load_image_classifier(folder: Path) -> object:
    import torch

    from stages.image_classifier.classifier import load

    return load(folder, torch.device("cpu"))


def _load_text_classifier(folder: Path) -> object:
    from stages.text_classifier.classifier import load

    return load(folder)


SPEAKER = Kind("speaker", "--speaker", ("arch", "backbone", "network"), _speaker_files, _load_speaker)
TEXT_CLASSIFIER = Kind(
    "text_classifier", "--classifier", ("emotions", "text_rules"), _text_classifier_files, _load_text_classifier
)
IMAGE_CLASSIFIER = Kind(
    "image_classifier",
    "--classifier",
    ("backbone", "hidden", "mirrored"),
    _image_classifier_files,
    _load_image_classifier,
)
KINDS = {kind.stage: kind for kind in (SPEAKER, TEXT_CLASSIFIER, IMAGE_CLASSIFIER)}
