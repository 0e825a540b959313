"""Parameters of the image_classifier stage."""

from typing import Literal

from pydantic import Field

from stages.common.params import Device, Section, Seed, Tune, View
from stages.features.params import Features


class ImageClassifier(Section):
    """The network, the part of it that is trained, and the training."""

    tune: Tune
    backbone: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    hidden: int = Field(ge=0)
    augment: bool
    words: float = Field(ge=0)
    learning_rate: float = Field(gt=0, lt=1)
    schedule: Literal["constant", "linear"]
    batch_size: int = Field(ge=2)
    epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    seed: Seed


class Params(View):
    """Top-level keys that this stage reads."""

    dataset: str
    device: Device
    features: Features
    image_classifier: ImageClassifier
